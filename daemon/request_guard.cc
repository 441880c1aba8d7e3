#include "daemon/request_guard.h"

#include <boost/asio/ip/address.hpp>

#include "collectors/http_head.h"

namespace revisitd::daemon {
namespace {

using collectors::same_name;

// "host:port", "[v6]:port", "host" -> the host; names lose a closing dot.
std::string_view host_part(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    return end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
  }
  text = text.substr(0, text.find(':'));
  if (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

std::optional<boost::asio::ip::address> literal(std::string_view host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (error) return std::nullopt;
  return address;
}

bool is_loopback_name(std::string_view host) {
  if (same_name(host, "localhost")) return true;
  const auto address = literal(host);
  return address && address->is_loopback();
}

bool listens_everywhere(const GuardPolicy& policy) {
  if (policy.listen_host.empty()) return true;
  const auto address = literal(policy.listen_host);
  return address && address->is_unspecified();
}

// "application/json", parameters allowed.
bool is_json(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return same_name(type, "application/json");
}

// What `curl -X POST` sends; a form has a Content-Type always.
bool is_bare_reload(const HttpRequest& request) {
  return request.path.ends_with("/-/reload") && request.body.empty() &&
         request.header("content-type").empty();
}

// An Origin is ours when its host and port are those the request was sent to.
bool is_own_origin(std::string_view origin, std::string_view host, const GuardPolicy& policy) {
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view authority = origin.substr(scheme + 3);
  if (same_name(authority, host)) return true;
  return !policy.external_host.empty() && same_name(host_part(authority), policy.external_host);
}

}  // namespace

bool is_known_host(std::string_view header, const GuardPolicy& policy) {
  const std::string_view host = host_part(header);
  if (host.empty()) return false;
  if (is_loopback_name(host)) return true;
  if (!policy.external_host.empty() && same_name(host, policy.external_host)) return true;
  if (!policy.listen_host.empty() && same_name(host, policy.listen_host)) return true;
  return listens_everywhere(policy) && literal(host).has_value();
}

std::optional<Refusal> refuse_change(const HttpRequest& request, const GuardPolicy& policy) {
  const std::string_view host = request.header("host");
  if (!is_known_host(host, policy)) {
    return Refusal{
        403,
        "the Host header names no address of this server; use its address or its external URL"};
  }
  const std::string_view origin = request.header("origin");
  if (!origin.empty() && !is_own_origin(origin, host, policy)) {
    return Refusal{403, "the request comes from a page of another site"};
  }
  const bool authenticated = !request.user.empty() || request.client_verified;
  if (!request.peer_is_loopback && !authenticated) {
    return Refusal{403,
                   "changes are accepted from this machine, or with credentials of the web "
                   "configuration file"};
  }
  if (!is_json(request.header("content-type")) && !is_bare_reload(request))
    return Refusal{415, "the Content-Type must be application/json"};
  return std::nullopt;
}

std::optional<Refusal> refuse_read(const HttpRequest& request, const GuardPolicy& policy) {
  if (!is_loopback_name(policy.listen_host) || is_known_host(request.header("host"), policy))
    return std::nullopt;
  return Refusal{
      403, "the Host header names no address of this server; use its address or its external URL"};
}

}  // namespace revisitd::daemon
