#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/http_server.h"

namespace revisitd::daemon {

struct ReplyOptions {
  bool head_only = false;  // the answer to HEAD: headers as for GET, no body
  bool keep_alive = true;
  bool http10 = false;
  bool accepts_gzip = false;
  std::string date;  // "" = no Date header
};

struct Reply {
  std::string head;
  std::string body;
};

// A response as it goes on the wire: security headers unless the handler set its own, the body
// compressed when the client takes gzip and it is text of more than 1 KiB. Nothing when a handler's
// header cannot be sent: control bytes, no token, or one of those the server writes itself.
std::optional<Reply> format_reply(HttpResponse response, const ReplyOptions& options);

// A one-line text answer of the server itself.
HttpResponse plain_response(int status, std::string_view text);

// Whether an Accept-Encoding value admits gzip.
bool accepts_gzip(std::string_view accept_encoding);

// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string format_http_date(TimePoint time);

}  // namespace revisitd::daemon
