#pragma once

#include <string>
#include <string_view>
#include <vector>

// How bad input is reported: file, line, column, what is wrong, what was expected, the line and a
// caret.
namespace revisitd {

// A place in a text: 1-based line and 1-based column counted in bytes; {0, 0} when the place is the
// whole text.
struct Place {
  int line = 0;
  int column = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

// Turns a byte offset into a Place; offsets past the end give the end.
Place place_of(std::string_view text, std::size_t offset);
// The line that holds the place, without its line ending ("" when there is none).
std::string line_of(std::string_view text, Place place);

enum class Severity {
  error,    // the input is refused
  warning,  // the input is taken, but a person should look
};

struct Diagnostic {
  std::string file;     // as the user named it; "" for standard input or an inline text
  Place place;          // {0, 0}: the whole file
  std::string message;  // what is wrong and what was expected; no trailing full stop
  std::string source;   // the offending line, "" if there is none to show
  Severity severity = Severity::error;

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

bool has_error(const std::vector<Diagnostic>& diagnostics);

// "file:line:col: message", parts that are not known left out; "warning: " before the message of a
// warning.
std::string format_location(const Diagnostic& diagnostic);
// The same, and below it the source line and a caret under the column, each indented by two blanks,
// long lines cut around the column. No trailing newline.
std::string format_diagnostic(const Diagnostic& diagnostic);

// Text from outside, safe to show on a terminal or in one line of a log: valid UTF-8 stays, a tab
// becomes a blank, every other control character (C0, C1, bidirectional override) and every invalid
// byte becomes '?'.
std::string printable(std::string_view text);
// printable() text in double quotes, cut after 60 bytes, for naming the culprit in a message.
std::string in_quotes(std::string_view text);

}  // namespace revisitd
