#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

#include "daemon/web/address.h"

// The one way markup is made. Markup itself can only come from string literals, checked while
// compiling; every value goes in escaped. What cannot be written with it: a value as a tag or
// attribute name, a value in an attribute without quotes, in an event handler or a style, or a link
// that is no Address. The result is also well-formed XML as long as each literal is.
namespace revisitd::daemon::web {

class Html;

namespace html_detail {

enum class ValueKind { text, address, html };

template <class T>
constexpr ValueKind kind_of() {
  using U = std::remove_cvref_t<T>;
  if constexpr (std::is_same_v<U, Html>) return ValueKind::html;
  if constexpr (std::is_same_v<U, Address>) return ValueKind::address;
  return ValueKind::text;
}

// Where in the markup a placeholder stands.
struct Scan {
  enum class At { text, tag, value };
  At at = At::text;
  std::string_view attribute;
  std::size_t value_start = 0;
};

// Not constexpr, so that reaching it stops the compiler at the offending literal.
void refuse(const char* why);

consteval void check_placeholder(const Scan& scan, ValueKind kind, std::size_t position) {
  if (scan.at == Scan::At::tag) refuse("a placeholder in a tag must stand inside double quotes");
  if (scan.at == Scan::At::text) {
    if (kind == ValueKind::address) refuse("an address belongs into an attribute");
    return;
  }
  if (kind == ValueKind::html) refuse("markup cannot stand in an attribute");
  if (scan.attribute == "style" || scan.attribute.starts_with("on")) {
    refuse("no value may stand in a style or an event handler");
  }
  const bool link = scan.attribute == "href" || scan.attribute == "src" ||
                    scan.attribute == "action" || scan.attribute == "formaction";
  if (link && (kind != ValueKind::address || position != scan.value_start)) {
    refuse("a link must be one whole Address");
  }
}

// Checks the literal against the kinds of its values.
template <std::size_t N>
consteval void check_markup(std::string_view markup, const std::array<ValueKind, N>& kinds) {
  Scan scan;
  std::size_t used = 0;
  std::size_t word = 0;  // where the attribute name began
  for (std::size_t i = 0; i < markup.size(); ++i) {
    const char c = markup[i];
    if (c == '{' && i + 1 < markup.size() && markup[i + 1] == '}') {
      if (used == N) refuse("more placeholders than values");
      check_placeholder(scan, kinds[used++], i);
      ++i;
      continue;
    }
    switch (scan.at) {
      case Scan::At::text:
        if (c == '<') scan.at = Scan::At::tag;
        if (markup.substr(i).starts_with("<script")) refuse("no scripts");
        break;
      case Scan::At::tag:
        if (c == '>') scan.at = Scan::At::text;
        if (c == '\'') refuse("attributes stand in double quotes");
        if (c == ' ') word = i + 1;
        if (c == '"') {
          scan.at = Scan::At::value;
          scan.attribute = markup.substr(word, i - 1 - word);
          scan.value_start = i + 1;
        }
        break;
      case Scan::At::value:
        if (c == '"') scan.at = Scan::At::tag;
        break;
    }
  }
  if (scan.at != Scan::At::text) refuse("a literal may not end inside a tag");
  if (used != N) refuse("fewer placeholders than values");
}

}  // namespace html_detail

// A literal with one `{}` per value.
template <class... Values>
class Markup {
 public:
  // Implicit on purpose, as std::format_string is.
  template <class Literal>
    requires std::convertible_to<const Literal&, std::string_view>
  consteval Markup(const Literal& literal) : text_(literal) {  // NOLINT
    html_detail::check_markup(text_, std::array<html_detail::ValueKind, sizeof...(Values)>{
                                         html_detail::kind_of<Values>()...});
  }
  [[nodiscard]] constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// Appends `text` with the five special characters escaped and everything that is no printable UTF-8
// (controls, bidirectional overrides, broken bytes) shown as '?'.
void append_escaped(std::string& out, std::string_view text);

// A piece of finished markup.
class Html {
 public:
  // Appends the literal with its placeholders filled: texts and numbers escaped, Html as it is.
  // Numbers with a fraction are rounded to two decimals.
  template <class... Values>
  Html& put(Markup<std::type_identity_t<Values>...> markup, const Values&... values) {
    [[maybe_unused]] std::string_view rest = markup.text();
    (put_one(rest, values), ...);
    text_ += rest;
    return *this;
  }
  Html& text(std::string_view text) {
    append_escaped(text_, text);
    return *this;
  }
  Html& add(const Html& other) {
    text_ += other.text_;
    return *this;
  }

  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  template <class Value>
  void put_one(std::string_view& rest, const Value& value) {
    const std::size_t at = rest.find("{}");
    text_ += rest.substr(0, at);
    rest.remove_prefix(at + 2);
    append(value);
  }
  void append(std::string_view value) { append_escaped(text_, value); }
  void append(const Address& value) { append_escaped(text_, value.text()); }
  void append(const Html& value) { text_ += value.text_; }
  void append(double value);
  template <std::integral Int>
  void append(Int value) {
    text_ += std::to_string(value);
  }

  std::string text_;
};

// The text with its line breaks kept, for <pre>.
Html lines(std::string_view text);

}  // namespace revisitd::daemon::web
