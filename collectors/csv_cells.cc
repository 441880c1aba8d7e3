#include "collectors/csv_cells.h"

namespace revisitd::collectors {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

void CsvCells::step() {
  if (text_[at_++] == '\n') {
    place_ = {place_.line + 1, 1};
  } else {
    ++place_.column;
  }
}

// After the opening quote, to behind the closing one.
bool CsvCells::quoted(Place place, std::string& cell) {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    step();
    if (c == '"') {
      if (at_ == text_.size() || text_[at_] != '"') return true;
      step();
    }
    cell += c;
  }
  mistake_ = {place, "the quoted cell has no closing quote"};
  return false;
}

const std::vector<CsvCells::Cell>* CsvCells::next() {
  cells_.clear();
  unquoted_.clear();
  std::vector<std::pair<std::size_t, std::size_t>> own;  // cell, position in unquoted_
  bool in_record = false;
  while (at_ < text_.size() && !mistake_) {
    while (at_ < text_.size() && is_blank(text_[at_]) && text_[at_] != separator_) step();
    const Place place = place_;
    if (at_ < text_.size() && text_[at_] == '"') {
      step();
      unquoted_.emplace_back();
      if (!quoted(place, unquoted_.back())) return nullptr;
      own.emplace_back(cells_.size(), unquoted_.size() - 1);
      cells_.push_back({{}, place});
      while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == '\r')) step();
      if (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') {
        mistake_ = {place_, "expected the end of the cell after its closing quote"};
        return nullptr;
      }
    } else {
      const std::size_t begin = at_;
      while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') step();
      cells_.push_back({trimmed(text_.substr(begin, at_ - begin)), place});
    }
    const bool more = at_ < text_.size() && text_[at_] == separator_;
    if (at_ < text_.size()) step();
    in_record = true;
    if (more) {
      // A separator at the very end of the text has an empty cell behind it.
      if (at_ == text_.size()) cells_.push_back({{}, place_});
      continue;
    }
    if (cells_.size() == 1 && cells_[0].text.empty() && own.empty()) {
      cells_.clear();
      in_record = false;
      continue;
    }
    break;
  }
  if (!in_record) return nullptr;
  for (const auto& [cell, text] : own) cells_[cell].text = unquoted_[text];
  return &cells_;
}

}  // namespace revisitd::collectors
