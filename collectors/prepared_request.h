#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "collectors/http_client.h"
#include "collectors/http_url.h"
#include "collectors/proxy.h"

namespace revisitd::collectors {

// What follows the request line and Host: the other fields and the body.
struct RequestRest {
  std::string text;

  [[nodiscard]] std::uint64_t hash() const { return std::hash<std::string>()(text); }
  friend bool operator==(const RequestRest&, const RequestRest&) = default;
};

// A request that was checked, taken apart and written out.
struct PreparedRequest {
  FetchRequest request;                     // without what was written out
  HttpUrl url;                              // the same
  std::unique_ptr<Proxy> proxy;             // null: none
  std::string tunnel_head;                  // to the proxy, where the URL is https
  std::string front;                        // the request line and Host
  std::shared_ptr<const RequestRest> rest;  // not null; one for many where they share it

  // Whether it may be sent once more when nobody can know whether it arrived.
  [[nodiscard]] bool may_repeat() const {
    return request.method == "GET" || request.method == "HEAD";
  }
  // Whose connections can carry it: the same key, the same peer, and the same promises about it.
  // `tls_context` is the number of the context that it is sent under, 0 for none.
  [[nodiscard]] std::string pool_key(std::uint64_t tls_context) const;
};

// All that can be refused before a byte is sent.
Result<PreparedRequest, FetchError> prepare_request(FetchRequest request,
                                                    const std::string& user_agent);

}  // namespace revisitd::collectors
