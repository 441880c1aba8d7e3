#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

// The one place that writes header lines, for requests and for responses: what could split a header
// is refused here.
namespace revisitd::collectors {

// A method or field name: RFC 9110's token, not empty.
bool is_http_token(std::string_view text);
// A field value: visible bytes, blanks, tabs and bytes over 0x7F; no other control bytes, so no CR,
// LF or NUL.
bool is_field_value(std::string_view text);
// ASCII case-insensitive equality, as field names compare.
bool same_name(std::string_view a, std::string_view b);
std::string lower_name(std::string_view text);

class HeadWriter {
 public:
  // `start_line` without its line ending, already checked by the caller.
  explicit HeadWriter(std::string_view start_line) : HeadWriter({start_line, ""}) {}
  // The start line in pieces.
  HeadWriter(std::initializer_list<std::string_view> start_line);

  // Writes nothing and returns false when the name is no token or the value holds control bytes.
  [[nodiscard]] bool add(std::string_view name, std::string_view value);

  // What is written so far; the rest of the head begins behind it.
  std::string cut();
  // The head with its closing empty line, from the last cut on; the writer is spent.
  std::string finish();

 private:
  std::string text_;
};

}  // namespace revisitd::collectors
