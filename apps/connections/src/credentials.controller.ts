import { Body, Controller, Get, Header, Headers, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { Scope } from '@turnpike/contracts-events';
import {
  ConnectionCredentialsResponse,
  ConnectionUnauthorizedRequest,
  ConnectionUnauthorizedResponse,
  StripeRateRequest,
  StripeRateResponse,
} from '@turnpike/contracts-http';
import { Database, InputInvalid, Returns, ServiceTokenGuard } from '@turnpike/service';
import { ConnectionsService } from './connections.service.js';
import { StripeRatesService } from './stripe-rates.service.js';

/** The door to secrets and to shares of a Stripe account's rate, for services of this installation: whose they act for stands in the headers (architecture rule 9). */
@Controller('internal/connections')
@UseGuards(ServiceTokenGuard)
export class CredentialsController {
  constructor(
    private readonly database: Database,
    private readonly connections: ConnectionsService,
    private readonly rates: StripeRatesService,
  ) {}

  @Get(':id/credentials')
  @Header('cache-control', 'no-store')
  @Returns(
    'connections.credentials',
    'The secrets of one connection, for a service that acts for its organization.',
    ConnectionCredentialsResponse,
  )
  credentials(
    @Headers('turnpike-organization') organization: unknown,
    @Headers('turnpike-environment') environment: unknown,
    @Param('id') id: string,
  ): Promise<ConnectionCredentialsResponse> {
    const scope = scopeIn(organization, environment);
    return this.database.transaction(scope.organization, () => this.connections.credentials(scope, id));
  }

  @Post(':id/unauthorized')
  @HttpCode(200)
  @Returns('connections.tellUnauthorized', 'Stripe refused the key of this version with 401.', ConnectionUnauthorizedResponse)
  async unauthorized(
    @Headers('turnpike-organization') organization: unknown,
    @Headers('turnpike-environment') environment: unknown,
    @Param('id') id: string,
    @Body({ schema: ConnectionUnauthorizedRequest }) { secretsVersion }: ConnectionUnauthorizedRequest,
  ): Promise<ConnectionUnauthorizedResponse> {
    const scope = scopeIn(organization, environment);
    await this.database.transaction(scope.organization, () => this.connections.refused(scope, id, secretsVersion, new Date()));
    return { received: true };
  }

  @Post(':id/rate')
  @HttpCode(200)
  @Returns(
    'connections.shareRate',
    'A share of the rate of the connection’s Stripe account, for a process that speaks to it.',
    StripeRateResponse,
  )
  rate(
    @Headers('turnpike-organization') organization: unknown,
    @Headers('turnpike-environment') environment: unknown,
    @Param('id') id: string,
    @Body({ schema: StripeRateRequest }) request: StripeRateRequest,
  ): Promise<StripeRateResponse> {
    return this.rates.share(scopeIn(organization, environment), id, request);
  }
}

function scopeIn(organization: unknown, environment: unknown): Scope {
  const read = Scope.safeParse({ organization, environment });
  if (read.success) return read.data;
  throw new InputInvalid(
    read.error.issues.map((issue) => ({
      pointer: `/headers/turnpike-${issue.path.join('/')}`,
      code: issue.code,
      message: 'says for whom the service acts, and must be there',
    })),
  );
}
