#include "daemon/web_flags.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "collectors/http_url.h"
#include "rules/diagnostic.h"

namespace revisitd::daemon {
namespace {

bool is_host_name(std::string_view host) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  };
  return host.size() <= 253 && std::all_of(host.begin(), host.end(), fits);
}

}  // namespace

Result<ListenWords> split_listen_address(std::string_view text) {
  const Error malformed{"listen address " + in_quotes(text) +
                        " is not of the form host:port, [ipv6]:port or :port"};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return malformed;
  ListenWords words;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), words.port);
  if (code != std::errc() || end != port.data() + port.size()) return malformed;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  words.host = host;
  if (words.host.empty()) return words;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(words.host, error);
  words.literal = !error;
  if (words.literal ? address.is_v6() != bracketed : bracketed || !is_host_name(host))
    return malformed;
  return words;
}

Result<std::string> parse_external_url(std::string_view text) {
  const auto url = collectors::parse_http_url(text);
  if (url && text.find_first_of("?#") == std::string_view::npos) return std::string(text);
  return Error{
      "expected http:// or https:// and a host, such as https://revisitd.example.org, "
      "without query and fragment" +
      (url ? std::string() : " (" + url.error().message + ")")};
}

}  // namespace revisitd::daemon
