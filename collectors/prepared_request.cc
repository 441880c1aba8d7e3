#include "collectors/prepared_request.h"

#include <optional>
#include <utility>

#include "collectors/request_head.h"

namespace revisitd::collectors {
namespace {

// Its memory, too: what is prepared is kept, and assigning an empty one would keep that.
template <class Container>
void drop(Container& container) {
  container.clear();
  container.shrink_to_fit();
}

Status find_proxy(PreparedRequest& prepared, const std::string& user_agent) {
  if (prepared.request.proxy == nullptr) return Ok{};
  const ProxyOptions& options = *prepared.request.proxy;
  auto proxy = proxy_for(options, prepared.url);
  if (!proxy) return proxy.error();
  if (!*proxy) return Ok{};
  prepared.proxy = std::make_unique<Proxy>(**std::move(proxy));
  if (prepared.url.tls) {
    auto head = format_connect_head(*prepared.proxy, prepared.url, options, user_agent);
    if (!head) return head.error();
    prepared.tunnel_head = *std::move(head);
  } else if (!prepared.proxy->authorization.empty()) {
    prepared.request.headers.emplace_back("Proxy-Authorization", prepared.proxy->authorization);
  }
  return Ok{};
}

}  // namespace

std::string PreparedRequest::pool_key(std::uint64_t tls_context) const {
  std::string key;
  key.reserve(64);
  // Plain requests for all hosts share the connections to their proxy.
  if (proxy) key = "proxy " + proxy->origin() + " ";
  if (!proxy || url.tls) key += url.origin();
  key += request.allow_private ? " any" : " public";
  if (url.tls) key += " tls " + std::to_string(tls_context);
  if (request.tls) key += " " + request.tls->server_name;
  return key;
}

Result<PreparedRequest, FetchError> prepare_request(FetchRequest request,
                                                    const std::string& user_agent) {
  PreparedRequest prepared;
  prepared.request = std::move(request);
  auto url = parse_http_url(prepared.request.url);
  if (!url) return FetchError{FetchFailure::bad_url, url.error().message};
  prepared.url = *std::move(url);
  if (const Status proxied = find_proxy(prepared, user_agent); !proxied)
    return FetchError{FetchFailure::bad_url, proxied.error().message};
  std::optional<HttpUrl> whole;  // as a proxy is asked
  if (prepared.proxy && !prepared.url.tls) {
    whole = prepared.url;
    whole->target = "http://" + whole->host_header + whole->target;
  }
  auto head = format_request_head(prepared.request, whole ? *whole : prepared.url, user_agent);
  if (!head) return FetchError{FetchFailure::bad_url, head.error().message};
  prepared.front = std::move(head->own);
  prepared.front.shrink_to_fit();
  prepared.rest = std::make_shared<const RequestRest>(
      RequestRest{std::move(head->common) + prepared.request.body});
  drop(prepared.request.url);
  drop(prepared.request.headers);
  drop(prepared.request.body);
  drop(prepared.url.host_header);
  drop(prepared.url.target);
  return prepared;
}

}  // namespace revisitd::collectors
