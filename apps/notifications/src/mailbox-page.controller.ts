import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { MAILBOX_PAGE } from './mailbox-page.js';

/** The page itself tells nothing: it asks for an API key and reads /v1/mailbox with it. */
@Controller('mailbox')
@ApiExcludeController()
export class MailboxPageController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  // A mail is somebody's words: it is shown in a frame without scripts, and the page loads nothing from elsewhere.
  @Header(
    'content-security-policy',
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-src 'self'",
  )
  @Header('cache-control', 'no-store')
  page(): string {
    return MAILBOX_PAGE;
  }
}
