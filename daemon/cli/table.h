#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace revisitd::daemon::cli {

// Columns of text for people, as kubectl prints them: two blanks between, as wide as their widest
// cell. Control bytes, which a terminal would obey, come out as '?'.
class Table {
 public:
  explicit Table(std::vector<std::string> header);
  // As many cells as the header has.
  void add(std::vector<std::string> row);
  void print(std::ostream& out) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace revisitd::daemon::cli
