#include "collectors/request_head.h"

#include <algorithm>
#include <array>

#include "collectors/http_head.h"

namespace revisitd::collectors {
namespace {

constexpr std::array<std::string_view, 8> kOwnFields = {
    "host",    "content-length", "transfer-encoding", "connection", "accept-encoding", "te",
    "upgrade", "expect"};

bool written_by_client(std::string_view name) {
  return std::ranges::any_of(kOwnFields,
                             [name](std::string_view own) { return same_name(own, name); });
}

bool names(const FetchRequest& request, std::string_view name) {
  return std::ranges::any_of(request.headers,
                             [name](const auto& field) { return same_name(field.first, name); });
}

bool carries_body(const FetchRequest& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

Status add_given(HeadWriter& head, const FetchRequest& request) {
  for (const auto& [name, value] : request.headers) {
    if (!is_http_token(name))
      return Error{"a header name is empty or holds bytes no header name may hold"};
    if (written_by_client(name)) return Error{"the header " + name + " cannot be set"};
    if (!head.add(name, value))
      return Error{"the value of the header " + name + " holds control bytes"};
  }
  return Ok{};
}

}  // namespace

Result<RequestHead> format_request_head(const FetchRequest& request, const HttpUrl& url,
                                        const std::string& user_agent) {
  if (!is_http_token(request.method)) return Error{"the method is not a word"};
  const bool plain = std::ranges::all_of(url.target, [](char c) { return c > 0x20 && c < 0x7F; });
  if (!plain) return Error{"the URL holds blanks, control bytes or bytes beyond ASCII"};

  HeadWriter head({request.method, " ", url.target, " HTTP/1.1"});
  bool well = head.add("Host", url.host_header);
  std::string own = head.cut();
  if (!names(request, "user-agent")) well = head.add("User-Agent", user_agent) && well;
  well = head.add("Accept-Encoding", request.accept_gzip ? "gzip" : "identity") && well;
  if (!request.keep_alive) well = head.add("Connection", "close") && well;
  if (carries_body(request))
    well = head.add("Content-Length", std::to_string(request.body.size())) && well;
  if (!well) return Error{"the user agent holds control bytes"};
  if (auto given = add_given(head, request); !given) return given.error();
  return RequestHead{std::move(own), head.finish()};
}

}  // namespace revisitd::collectors
