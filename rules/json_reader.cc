#include "rules/json_reader.h"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;

Json parse(std::string_view raw) {
  try {
    return Json::parse(raw);
  } catch (const Json::exception& e) {
    throw JsonReadError(e.what());
  }
}

template <class T>
T parse_as(std::string_view raw) {
  const Json json = parse(raw);
  try {
    return json.get<T>();
  } catch (const Json::exception& e) {
    throw JsonReadError(e.what());
  }
}

// What a character can be: tables, because every byte of a fleet's states is asked about.
using Kind = std::array<bool, 256>;
template <class Belongs>
constexpr Kind kind_of(Belongs belongs) {
  Kind kind{};
  for (std::size_t c = 0; c < kind.size(); ++c) kind[c] = belongs(static_cast<char>(c));
  return kind;
}
constexpr Kind kBlank =
    kind_of([](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; });
// Stands for itself in a text.
constexpr Kind kOrdinary =
    kind_of([](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; });
// Ends a number or a word.
constexpr Kind kSign = kind_of([](char c) {
  return kBlank[static_cast<unsigned char>(c)] ||
         std::string_view(",:]}[{\"").find(c) != std::string_view::npos;
});

constexpr bool is(const Kind& kind, char c) { return kind[static_cast<unsigned char>(c)]; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The character that a backslash and `c` stand for; 0 for the escapes that name a code point, and
// for what is none.
char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case '"':
    case '\\':
    case '/':
      return c;
    default:
      return 0;
  }
}

// False where that takes more than simple escapes.
bool unescape(std::string_view inner, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < inner.size(); ++i) {
    char c = inner[i];
    if (c == '\\') {
      c = ++i < inner.size() ? unescaped(inner[i]) : '\0';
      if (c == 0) return false;
    } else if (!is(kOrdinary, c)) {
      return false;
    }
    out += c;
  }
  return true;
}

// from_chars takes more than JSON does: zeros in front, an end in a point, infinities.
bool plain_number(std::string_view raw) {
  if (raw.starts_with('-')) raw.remove_prefix(1);
  if (raw.empty() || !is_digit(raw.front())) return false;
  if (raw.front() == '0' && raw.size() > 1 && is_digit(raw[1])) return false;
  const std::size_t point = raw.find('.');
  return point == std::string_view::npos || (point + 1 < raw.size() && is_digit(raw[point + 1]));
}

// All of `raw` as a number, where it is written plainly and within range.
template <class Number>
std::optional<Number> plain(std::string_view raw) {
  Number value{};
  const char* const end = raw.data() + raw.size();
  const auto [last, error] = std::from_chars(raw.data(), end, value);
  if (error != std::errc{} || last != end || !plain_number(raw)) return std::nullopt;
  return value;
}

}  // namespace

void JsonReader::expected(std::string_view what) const {
  throw JsonReadError("expected " + std::string(what) + " at byte " + std::to_string(at_) +
                      (at_ == text_.size() ? ", found the end" : ""));
}

void JsonReader::expected_member(std::string_view name) const {
  expected("an object with \"" + std::string(name) + "\" that ends");
}

void JsonReader::skip_blanks() {
  while (at_ < text_.size() && is(kBlank, text_[at_])) ++at_;
}

void JsonReader::open(char sign, std::string_view name) {
  if (!take(sign)) expected(name);
}

bool JsonReader::take(char sign) {
  skip_blanks();
  if (at_ == text_.size() || text_[at_] != sign) return false;
  ++at_;
  return true;
}

bool JsonReader::goes_on(char close) {
  if (take(',')) return true;
  if (take(close)) return false;
  expected("a comma or the end of the object or array");
}

void JsonReader::pass_text() {
  ++at_;
  while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
  if (at_ >= text_.size()) {
    at_ = text_.size();
    expected("the end of a text");
  }
  ++at_;
}

std::string_view JsonReader::cut() {
  skip_blanks();
  const std::size_t begin = at_;
  int depth = 0;
  do {
    if (at_ == text_.size()) expected(depth > 0 ? "the end of an object or array" : "a value");
    const char c = text_[at_];
    if (c == '"') {
      pass_text();
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at_;
    } else if (c == '}' || c == ']') {
      if (depth == 0) expected("a value");
      --depth;
      ++at_;
    } else if (depth > 0) {
      ++at_;
    } else {
      while (at_ < text_.size() && !is(kSign, text_[at_])) ++at_;
      if (at_ == begin) expected("a value");
    }
  } while (depth > 0);
  return text_.substr(begin, at_ - begin);
}

std::string_view JsonReader::text() {
  skip_blanks();
  if (at_ == text_.size() || text_[at_] != '"') expected("a text");
  const std::size_t begin = at_ + 1;
  std::size_t end = begin;
  while (end < text_.size() && is(kOrdinary, text_[end])) ++end;
  if (end < text_.size() && text_[end] == '"') {
    at_ = end + 1;
    return text_.substr(begin, end - begin);
  }
  const std::string_view raw = cut();
  if (!unescape(raw.substr(1, raw.size() - 2), unescaped_)) unescaped_ = parse_as<std::string>(raw);
  return unescaped_;
}

template <std::integral Int>
Int JsonReader::integer() {
  const std::string_view raw = cut();
  if (const auto value = plain<Int>(raw)) return *value;
  return parse_as<Int>(raw);
}
template int JsonReader::integer();
template std::int64_t JsonReader::integer();

std::optional<std::int64_t> JsonReader::integer_if_any() {
  if (null()) return std::nullopt;
  const std::string_view raw = cut();
  if (const auto value = plain<std::int64_t>(raw)) return value;
  const Json json = parse(raw);
  if (!json.is_number_integer()) return std::nullopt;
  return json.get<std::int64_t>();
}

double JsonReader::number() {
  const std::string_view raw = cut();
  // -0 without a point is the whole number zero.
  if (const auto value = plain<std::int64_t>(raw)) return static_cast<double>(*value);
  if (const auto value = plain<double>(raw)) return *value;
  return parse_as<double>(raw);
}

bool JsonReader::boolean() {
  const std::string_view raw = cut();
  if (raw == "true") return true;
  if (raw == "false") return false;
  return parse_as<bool>(raw);
}

bool JsonReader::null() {
  skip_blanks();
  const std::size_t begin = at_;
  if (text_.substr(at_, 1) == "n" && cut() == "null") return true;
  at_ = begin;
  return false;
}

Json JsonReader::tree() { return parse(cut()); }

void JsonReader::skip() {
  const std::string_view raw = cut();
  if (!Json::accept(raw)) expected("a value before here");
}

void JsonReader::end() {
  skip_blanks();
  if (at_ != text_.size()) expected("the end");
}

}  // namespace revisitd::rules
