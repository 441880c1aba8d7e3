#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/diagnostic.h"

namespace revisitd::collectors {

// The records of a CSV text, one after the other, each cell with its place. RFC 4180 with blanks
// around cells cut off and lines that hold nothing left out.
class CsvCells {
 public:
  struct Cell {
    std::string_view text;  // of the input, or of this reader until the next record
    Place place;
  };

  // `text` without a byte order mark; it must outlive the reader.
  CsvCells(std::string_view text, char separator) : text_(text), separator_(separator) {}

  // The next record; nothing at the end, or when there is an error.
  const std::vector<Cell>* next();
  struct Mistake {
    Place place;
    std::string message;
  };
  [[nodiscard]] const std::optional<Mistake>& mistake() const { return mistake_; }

 private:
  bool quoted(Place place, std::string& cell);
  void step();

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  Place place_{1, 1};
  std::vector<Cell> cells_;
  std::vector<std::string> unquoted_;  // texts of quoted cells with doubled quotes in them
  std::optional<Mistake> mistake_;
};

}  // namespace revisitd::collectors
