#include "rules/markdown_text.h"

#include <cctype>

namespace revisitd::rules {

std::string title_of(std::string_view language) {
  std::string title(language);
  if (!title.empty())
    title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  return title;
}

std::string prose(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    if (blank) {
      if (!line.empty() && line.back() != ' ') line += ' ';
      continue;
    }
    if (std::string_view("\\`*_[]<>|#").find(c) != std::string_view::npos) line += '\\';
    line += c;
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

std::string code(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '|') line += '\\';
    line += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  const std::string fence = line.find('`') == std::string::npos ? "`" : "``";
  return fence + line + fence;
}

std::string table_row(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += " " + cell + " |";
  return row + "\n";
}

}  // namespace revisitd::rules
