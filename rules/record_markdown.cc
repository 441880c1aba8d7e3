#include "rules/record_markdown.h"

#include <cmark.h>

#include <algorithm>
#include <memory>

namespace revisitd::rules {
namespace {

constexpr std::size_t kLongestLine = 1024;  // what stands further right in a line is prose

struct NodeFree {
  void operator()(cmark_node* node) const { cmark_node_free(node); }
};
struct IterFree {
  void operator()(cmark_iter* iter) const { cmark_iter_free(iter); }
};
using NodePtr = std::unique_ptr<cmark_node, NodeFree>;
using IterPtr = std::unique_ptr<cmark_iter, IterFree>;

std::string text_or_empty(const char* text) { return text ? text : ""; }

// The lines of a paragraph or heading as plain words, each with the target of its first link.
std::vector<HeaderLine> lines_of(cmark_node* block, int offset) {
  const int first = cmark_node_get_start_line(block) + offset;
  std::vector<HeaderLine> lines{{"", "", {first, std::max(1, cmark_node_get_start_column(block))}}};
  const IterPtr iter(cmark_iter_new(block));
  for (cmark_event_type event = cmark_iter_next(iter.get()); event != CMARK_EVENT_DONE;
       event = cmark_iter_next(iter.get())) {
    if (event != CMARK_EVENT_ENTER) continue;
    cmark_node* node = cmark_iter_get_node(iter.get());
    const cmark_node_type type = cmark_node_get_type(node);
    if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE) {
      std::string& text = lines.back().text;
      if (text.size() < kLongestLine) text += text_or_empty(cmark_node_get_literal(node));
    } else if (type == CMARK_NODE_LINK && lines.back().link.empty()) {
      lines.back().link = text_or_empty(cmark_node_get_url(node));
    } else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK) {
      lines.push_back({"", "", {lines.back().place.line + 1, 1}});
    }
  }
  for (HeaderLine& line : lines) line.text.resize(front_of(line.text, kLongestLine).size());
  return lines;
}

std::string joined(const std::vector<HeaderLine>& lines) {
  std::string result;
  for (const HeaderLine& line : lines) result += (result.empty() ? "" : " ") + line.text;
  return std::string(trim(result));
}

bool is_ruler(std::string_view row) {
  return !row.empty() && row.find_first_not_of("|-: ") == std::string_view::npos;
}

// Walks the blocks of a record in order and gathers what they say about title, status and date.
class HeaderReader {
 public:
  HeaderReader(RecordHeader& header, int offset)
      : header_(header),
        offset_(offset),
        has_title_(!header.title.empty()),
        wants_status_(!header.has_status),
        wants_date_(header.date_text.empty()) {}

  void heading(cmark_node* node) {
    const std::vector<HeaderLine> lines = lines_of(node, offset_);
    const std::string text = joined(lines);
    const int level = cmark_node_get_heading_level(node);
    if (!has_title_ && level < title_level_) {
      header_.title = text;
      title_level_ = level;
    }
    std::string name = to_lower(text);
    if (name.ends_with(':')) name.pop_back();
    section_ = name == "status" ? Section::status : name == "date" ? Section::date : Section::other;
    if (section_ == Section::other) key_line({text, lines.front().link, lines.front().place});
  }

  void paragraph(cmark_node* node) {
    const std::vector<HeaderLine> lines = lines_of(node, offset_);
    if (table(lines)) return;
    for (const HeaderLine& line : lines) {
      if (key_line(line)) continue;
      if (section_ == Section::status && wants_status_) {
        add_status(header_, line);
      } else if (section_ == Section::date && wants_date_) {
        add_date(header_, line);
      }
    }
  }

 private:
  enum class Section { other, status, date };

  // Front matter wins over the text below it, and the first line that gives a status over later
  // ones.
  bool key_line(const HeaderLine& line) {
    RecordHeader found;
    if (!add_key_line(found, line)) return false;
    if (wants_status_ && found.has_status && !header_.has_status) {
      header_.has_status = true;
      header_.status = found.status;
      header_.status_text = found.status_text;
      header_.status_place = found.status_place;
      header_.superseded_by = found.superseded_by;
    }
    if (wants_date_ && header_.date_text.empty() && (found.date || !found.date_text.empty())) {
      header_.date = found.date;
      header_.date_text = found.date_text;
      header_.date_place = found.date_place;
    }
    return true;
  }

  // A table with the keys in its first row: "| Status | Date |", a ruler, "| accepted | 2026-05-04
  // |".
  bool table(const std::vector<HeaderLine>& lines) {
    if (lines.size() < 3 || lines[0].text.find('|') == std::string::npos ||
        !is_ruler(lines[1].text)) {
      return false;
    }
    const std::vector<std::string_view> keys = table_cells(lines[0].text);
    if (is_pair(keys)) return false;  // the first of rows that are a key and its value each
    const std::vector<std::string_view> values = table_cells(lines[2].text);
    bool found = false;
    for (std::size_t i = 0; i < std::min(keys.size(), values.size()); ++i) {
      const std::string line = std::string(keys[i]) + ": " + std::string(values[i]);
      found |= key_line({line, lines[2].link, lines[2].place});
    }
    return found;
  }

  static bool is_pair(const std::vector<std::string_view>& cells) {
    RecordHeader found;
    if (cells.size() != 2) return false;
    const std::string line = std::string(cells[0]) + ": " + std::string(cells[1]);
    return add_key_line(found, {line, "", {}}) &&
           (found.status != RecordStatus::unknown || found.date.has_value());
  }

  RecordHeader& header_;
  int offset_;
  bool has_title_;
  bool wants_status_;
  bool wants_date_;
  int title_level_ = 7;
  Section section_ = Section::other;
};

// Both kinds of line ends, and a carriage return alone, as Markdown has it.
std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + (text.substr(end, 2) == "\r\n" ? 2 : 1)));
  }
  return lines;
}

bool begins_fence(std::string_view line) {
  return line.starts_with("```") || line.starts_with("~~~");
}

// The parser does not say whether a block ended with its closing fence or with what it stands in.
// With one, that fence is the line below the block's own.
bool is_closed(cmark_node* node, const std::vector<std::string_view>& lines) {
  const auto line = [&](int number) {
    const auto at = static_cast<std::size_t>(number);
    return at >= 1 && at <= lines.size() ? lines[at - 1] : std::string_view();
  };
  const int first = cmark_node_get_start_line(node);
  const auto column = static_cast<std::size_t>(std::max(1, cmark_node_get_start_column(node)));
  const std::string_view opening = line(first);
  if (column > opening.size() || !begins_fence(opening.substr(column - 1)))
    return true;  // indented
  const int last = cmark_node_get_end_line(node);
  const auto own = split_lines(text_or_empty(cmark_node_get_literal(node))).size();
  return last == first + static_cast<int>(own) + 1 && begins_fence(trim(line(last)));
}

void read_fence(cmark_node* node, int offset, bool closed, std::vector<FencedBlock>& blocks,
                Findings& findings) {
  const std::string info = to_lower(trim(text_or_empty(cmark_node_get_fence_info(node))));
  if (info.find("revisit") == std::string::npos) return;
  const int line = cmark_node_get_start_line(node) + offset;
  const int column = std::max(1, cmark_node_get_start_column(node));
  const std::size_t blank = info.find_first_of(" \t");
  const bool ours = blank != std::string::npos && info.substr(0, blank) == "yaml" &&
                    trim(std::string_view(info).substr(blank)) == "revisit";
  if (!ours) {
    findings.warning({line, column}, "this block is not read: its info string is " +
                                         in_quotes(info) + ", expected `yaml revisit`");
    return;
  }
  blocks.push_back(
      {text_or_empty(cmark_node_get_literal(node)), {line, column}, line, column - 1, closed});
}

}  // namespace

bool read_markdown(std::string_view markdown, int lines, RecordHeader& header,
                   std::vector<FencedBlock>& blocks, Findings& findings) {
  const NodePtr document(
      cmark_parse_document(markdown.data(), markdown.size(), CMARK_OPT_VALIDATE_UTF8));
  HeaderReader reader(header, lines);
  const IterPtr iter(cmark_iter_new(document.get()));
  const std::vector<std::string_view> source = split_lines(markdown);
  bool all_closed = true;
  int quotes = 0;
  for (cmark_event_type event = cmark_iter_next(iter.get()); event != CMARK_EVENT_DONE;
       event = cmark_iter_next(iter.get())) {
    cmark_node* node = cmark_iter_get_node(iter.get());
    const cmark_node_type type = cmark_node_get_type(node);
    // What a record quotes, it does not say.
    if (type == CMARK_NODE_BLOCK_QUOTE) quotes += event == CMARK_EVENT_ENTER ? 1 : -1;
    if (event != CMARK_EVENT_ENTER || quotes > 0) continue;
    if (type == CMARK_NODE_HEADING) {
      reader.heading(node);
    } else if (type == CMARK_NODE_PARAGRAPH) {
      reader.paragraph(node);
    } else if (type == CMARK_NODE_CODE_BLOCK) {
      const bool closed = is_closed(node, source);
      all_closed &= closed;
      read_fence(node, lines, closed, blocks, findings);
    }
  }
  return all_closed;
}

}  // namespace revisitd::rules
