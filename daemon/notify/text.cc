#include "daemon/notify/text.h"

#include <algorithm>

#include "rules/diagnostic.h"

namespace revisitd::daemon::notify {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr std::size_t kLongestLine = 8192;  // far above every limit of a receiver

// Length of the code point that starts at `text.front()`, of text that is valid UTF-8.
std::size_t code_point_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(size, text.size());
}

// The start of `text`, cut between code points.
std::string_view front(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (text[most] & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

std::string_view entity(std::string_view code_point) {
  if (code_point == "&") return "&amp;";
  if (code_point == "<") return "&lt;";
  if (code_point == ">") return "&gt;";
  return code_point;
}

// Joins the code points of `text` as `write` gives them, up to `most` bytes.
template <class Write>
std::string bounded(std::string_view text, std::size_t most, Write write) {
  std::string result;
  std::size_t safe = 0;  // how much of result leaves room for the ellipsis
  while (!text.empty()) {
    const std::string_view written = write(text.substr(0, code_point_size(text)));
    text.remove_prefix(code_point_size(text));
    if (result.size() + written.size() > most) {
      result.resize(safe);
      return most < kEllipsis.size() ? result : result.append(kEllipsis);
    }
    result += written;
    if (result.size() + kEllipsis.size() <= most) safe = result.size();
  }
  return result;
}

std::string without(std::string text, std::string_view characters) {
  std::erase_if(text, [&](char c) { return characters.find(c) != std::string_view::npos; });
  return text;
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string blanks(front(text, kLongestLine));
  std::replace_if(
      blanks.begin(), blanks.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; },
      ' ');
  const std::string clean = printable(blanks);
  std::string result;
  for (const char c : clean) {
    if (c == ' ' && (result.empty() || result.back() == ' ')) continue;
    result += c;
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

std::string cut(std::string_view text, std::size_t most) {
  return bounded(text, most, [](std::string_view code_point) { return code_point; });
}

std::string slack_escape(std::string_view text, std::size_t most) {
  return bounded(text, most, entity);
}

std::string slack_code(std::string_view text, std::size_t most) {
  std::string line = one_line(text);
  std::replace(line.begin(), line.end(), '`', '\'');
  if (line.empty()) return {};
  return '`' + slack_escape(line, most) + '`';
}

std::string slack_bold(std::string_view text, std::size_t most) {
  const std::string line = without(one_line(text), "*~`\\");
  if (line.empty()) return {};
  return '*' + slack_escape(line, most) + '*';
}

std::string language_title(std::string_view language) {
  std::string title(language);
  if (!title.empty() && title.front() >= 'a' && title.front() <= 'z') {
    title.front() = static_cast<char>(title.front() - 'a' + 'A');
  }
  return title;
}

std::string people_time(TimePoint time) {
  std::string text = format_time(time);
  text.resize(16);
  text[10] = ' ';
  return text + " UTC";
}

}  // namespace revisitd::daemon::notify
