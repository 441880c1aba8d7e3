#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace revisitd::collectors {

// Cuts a stream of bytes into lines. A newline inside a quoted label value does not end the line,
// because both reference lexers let quotes run on; in a comment quotes mean nothing. Lines that lie
// whole in one piece are lent from it without a copy, others are put together in a buffer that
// never grows past `limit` bytes.
class LineCutter {
 public:
  explicit LineCutter(std::size_t limit) : limit_(limit) {}

  // Takes the next whole line, with its newline, off the front of `piece`. Empty when `piece` is
  // used up and more is needed, or when the line is too long (overflowed()). The line is valid
  // until the next call and the end of `piece`.
  std::optional<std::string_view> next(std::string_view& piece);

  // How many newlines the last line held: more than one where label values held some.
  int newlines() const { return newlines_; }

  // What has come of a line that is not whole yet.
  std::string_view unfinished() const { return lent_ ? std::string_view{} : carry_; }
  bool overflowed() const { return overflowed_; }
  // Whether nothing of a line is held, so that the caller may take whole lines by itself.
  bool between_lines() const { return lent_ || carry_.empty(); }

 private:
  enum class Kind { undecided, comment, sample };

  void see(std::string_view bytes);
  void see_slowly(std::string_view bytes);

  std::size_t limit_;
  std::string carry_;
  Kind kind_ = Kind::undecided;
  int newlines_ = 0;       // of the last line
  int newlines_seen_ = 0;  // of the line that is not whole yet
  bool lent_ = false;      // carry_ holds a line that was handed out whole
  bool quoted_ = false;
  bool escaped_ = false;
  bool overflowed_ = false;
};

// Where the newline stands that ends the sample line at the front of `text`. npos where it is not
// there yet, or where an escape or a newline in quotes takes a closer look. The first `from` bytes
// are known to hold neither quotes, escapes nor newlines, or are a whole series.
std::size_t quick_line_end(std::string_view text, std::size_t from);

// What a message shows of the line at the front of `text`, for a place at this column: its bytes up
// to a little behind the place. Nothing for places beyond 64 KiB, for a page may have a thousand
// findings in one line of megabytes.
std::string shown_source(std::string_view text, int column);

}  // namespace revisitd::collectors
