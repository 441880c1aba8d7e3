#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Where a link of a page leads. Made only from checked parts, so that no text from outside becomes
// a scheme.
namespace revisitd::daemon::web {

using Parameters = std::vector<std::pair<std::string, std::string>>;

class Address {
 public:
  // An address on the web: only http and https, without blanks, controls and quotes.
  static std::optional<Address> external(std::string_view url);

  // A place in the same page.
  static Address fragment(std::string_view id);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] Address with(const Parameters& parameters) const;  // empty values are left out
  [[nodiscard]] Address at(std::string_view id) const;             // a place in that page

 private:
  friend class Links;
  explicit Address(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// Percent-encodes everything but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);

// Addresses of our own pages, under the path that a reverse proxy may have put them.
class Links {
 public:
  // `external_url` as the operator gave it; its path becomes the prefix.
  explicit Links(std::string_view external_url);

  // "" or "/prefix".
  [[nodiscard]] const std::string& prefix() const { return prefix_; }
  // The segments joined with '/', each encoded: {"service", "a b"} gives "/service/a%20b".
  [[nodiscard]] Address to(std::initializer_list<std::string_view> segments) const;

 private:
  std::string prefix_;
};

}  // namespace revisitd::daemon::web
