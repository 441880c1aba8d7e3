#include "daemon/web/address.h"

#include "rules/percent_encode.h"

namespace revisitd::daemon::web {
std::string percent_encode(std::string_view text) { return rules::percent_encode(text); }

std::optional<Address> Address::external(std::string_view url) {
  if (!url.starts_with("https://") && !url.starts_with("http://")) return std::nullopt;
  for (const char c : url) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7f || c == '"' || c == '\'' || c == '<' || c == '>' || c == '\\') {
      return std::nullopt;
    }
  }
  return Address(std::string(url));
}

Address Address::fragment(std::string_view id) { return Address("#" + percent_encode(id)); }

Address Address::with(const Parameters& parameters) const {
  std::string text = text_;
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    text += separator + percent_encode(name) + "=" + percent_encode(value);
    separator = '&';
  }
  return Address(std::move(text));
}

Address Address::at(std::string_view id) const { return Address(text_ + fragment(id).text_); }

Links::Links(std::string_view external_url) {
  const std::size_t scheme = external_url.find("://");
  if (scheme == std::string_view::npos) return;
  const std::size_t path = external_url.find('/', scheme + 3);
  if (path == std::string_view::npos) return;
  prefix_ = external_url.substr(path, external_url.find_first_of("?#", path) - path);
  while (!prefix_.empty() && prefix_.back() == '/') prefix_.pop_back();
}

Address Links::to(std::initializer_list<std::string_view> segments) const {
  std::string text = prefix_;
  for (const std::string_view segment : segments) text += "/" + percent_encode(segment);
  if (segments.size() == 0) text += "/";
  return Address(std::move(text));
}

}  // namespace revisitd::daemon::web
