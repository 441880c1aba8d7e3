#include "collectors/http_url.h"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <optional>

namespace revisitd::collectors {
namespace {

constexpr std::size_t kMaxUrlBytes = 16 * 1024;

bool is_host_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return text;
}

Error bad(std::string why) { return Error{"the URL " + std::move(why)}; }

Result<Ok> read_host(const boost::urls::url_view& view, HttpUrl& url) {
  switch (view.host_type()) {
    case boost::urls::host_type::none:
      return bad("has no host");
    case boost::urls::host_type::ipvfuture:
      return bad("has a host that is neither a name nor an IP address");
    case boost::urls::host_type::ipv4:
    case boost::urls::host_type::ipv6:
      url.host_is_literal = true;
      url.host = lower(view.host_address());
      return Ok{};
    case boost::urls::host_type::name:
      url.host = lower(view.host_name());
      if (url.host.empty()) return bad("has no host");
      if (url.host.size() > 253) return bad("has a host name of more than 253 bytes");
      if (!std::ranges::all_of(url.host, is_host_byte)) {
        return bad("has a host name with bytes other than letters, digits, '.', '-' and '_'");
      }
      return Ok{};
  }
  return bad("has no host");
}

// Four numbers up to 255, none with a zero in front.
bool is_dotted_quad(std::string_view host) {
  int numbers = 0;
  for (;;) {
    const std::size_t end = std::min(host.find('.'), host.size());
    const std::string_view digits = host.substr(0, end);
    unsigned number = 0;
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || stop != digits.data() + digits.size() || number > 255) return false;
    if (digits.size() > 1 && digits.front() == '0') return false;
    ++numbers;
    if (end == host.size()) return numbers == 4;
    host.remove_prefix(end + 1);
  }
}

bool is_plain_target_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '/' ||
         c == '_' || c == '-' || c == '.';
}

// The URLs that nearly all targets have, such as http://10.0.0.1:9100/metrics, without a parser for
// all there are: a fleet's are read at every scrape. Empty for any other, and that says nothing.
std::optional<HttpUrl> read_plain_url(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (!text.starts_with(kScheme)) return std::nullopt;
  text.remove_prefix(kScheme.size());
  const std::size_t path = text.find('/');
  const std::size_t colon = text.substr(0, path).find(':');
  if (path == std::string_view::npos || colon == std::string_view::npos) return std::nullopt;
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1, path - colon - 1);
  HttpUrl url;
  const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  if (error != std::errc{} || stop != port.data() + port.size()) return std::nullopt;
  if (port.front() == '0' || url.port == 80) return std::nullopt;
  if (!is_dotted_quad(host)) return std::nullopt;
  if (!std::ranges::all_of(text.substr(path), is_plain_target_byte)) return std::nullopt;
  url.host = host;
  url.host_is_literal = true;
  url.host_header = text.substr(0, path);
  url.target = text.substr(path);
  return url;
}

}  // namespace

std::string HttpUrl::origin() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<HttpUrl> parse_http_url(std::string_view text) {
  if (text.size() > kMaxUrlBytes) return bad("is longer than 16 KiB");
  if (auto plain = read_plain_url(text)) return *std::move(plain);
  const auto parsed = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (!parsed) return bad("is not an absolute http or https URL");
  const boost::urls::url_view view = *parsed;
  if (view.scheme_id() != boost::urls::scheme::http &&
      view.scheme_id() != boost::urls::scheme::https) {
    return bad("must begin with http:// or https://");
  }
  if (view.has_userinfo()) return bad("must not hold a user name or password");

  HttpUrl url;
  url.tls = view.scheme_id() == boost::urls::scheme::https;
  if (auto host = read_host(view, url); !host) return host.error();
  const std::uint16_t default_port = url.tls ? 443 : 80;
  url.port = default_port;
  if (view.has_port() && !view.port().empty()) {
    url.port = view.port_number();
    if (url.port == 0) return bad("has a port outside 1 to 65535");
  }
  url.host_header = url.host.find(':') != std::string::npos ? "[" + url.host + "]" : url.host;
  if (url.port != default_port) url.host_header += ":" + std::to_string(url.port);

  const std::string_view path = view.encoded_path();
  url.target = path.empty() ? "/" : std::string(path);
  if (view.has_query()) {
    url.target += '?';
    url.target += std::string_view(view.encoded_query());
  }
  return url;
}

}  // namespace revisitd::collectors
