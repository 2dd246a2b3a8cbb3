import { applyDecorators, SerializeOptions } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';

/** What a route answers with: named in OpenAPI under a stable operation id, and stripped to its contract on the way out. */
export function Returns(operationId: string, summary: string, schema: z.ZodType): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId, summary }),
    ApiOkResponse({ standardSchema: schema }),
    ApiResponse({ status: '4XX', description: 'application/problem+json (RFC 9457)' }),
    SerializeOptions({ schema }),
  );
}
