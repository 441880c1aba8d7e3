#include "collectors/http_head.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace revisitd::collectors {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr std::array<bool, 256> make_token_bytes() {
  std::array<bool, 256> token{};
  for (unsigned c = '0'; c <= '9'; ++c) token[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) token[c] = token[c - 'a' + 'A'] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) token[static_cast<unsigned>(c)] = true;
  return token;
}
constexpr std::array<bool, 256> kTokenBytes = make_token_bytes();

bool is_token_byte(char c) { return kTokenBytes[static_cast<unsigned char>(c)]; }

}  // namespace

bool is_http_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_byte);
}

// To the end in any case, which a compiler turns into whole vectors at a time.
bool is_field_value(std::string_view text) {
  std::uint8_t bad = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    bad |= static_cast<std::uint8_t>((byte < 0x20 && byte != '\t') || byte == 0x7F);
  }
  return bad == 0;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string lower_name(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

HeadWriter::HeadWriter(std::initializer_list<std::string_view> start_line) {
  text_.reserve(512);
  for (const std::string_view part : start_line) text_.append(part);
  text_.append("\r\n");
}

bool HeadWriter::add(std::string_view name, std::string_view value) {
  if (!is_http_token(name) || !is_field_value(value)) return false;
  text_.append(name).append(": ").append(value).append("\r\n");
  return true;
}

std::string HeadWriter::cut() { return std::exchange(text_, {}); }

std::string HeadWriter::finish() {
  text_.append("\r\n");
  return std::move(text_);
}

}  // namespace revisitd::collectors
