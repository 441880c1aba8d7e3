#include "rules/record_markdown.h"

namespace revisitd::rules {
namespace {

std::string_view without_return(std::string_view line) {
  while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
  return line;
}

// "superseded by [ADR-5](0005-x.md)": front matter is YAML, so a Markdown link in it is plain text
// there.
std::string link_target(std::string_view text) {
  const std::size_t open = text.find("](");
  if (open == std::string_view::npos) return "";
  const std::string_view rest = text.substr(open + 2);
  return std::string(rest.substr(0, rest.find_first_of(") ")));
}

// A template's `{proposed}` is a map in YAML; it is shown as the template wrote it.
HeaderLine line_of_value(const YamlNode& value) {
  if (value.kind == YamlNode::Kind::scalar) {
    return {value.text, link_target(value.text), value.place};
  }
  if (value.kind == YamlNode::Kind::map && !value.entries.empty()) {
    return {'{' + value.entries.front().key + '}', "", value.place};
  }
  return {value.kind == YamlNode::Kind::null ? "" : "{}", "", value.place};
}

}  // namespace

std::optional<FrontMatter> front_matter(std::string_view text) {
  FrontMatter front;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', at);
    const std::size_t next = newline == std::string_view::npos ? text.size() : newline + 1;
    const std::string_view line = without_return(text.substr(at, newline - at));
    ++front.lines;
    if (front.lines == 1) {
      if (line != "---") return std::nullopt;
      begin = next;
    } else if (line == "---" || line == "...") {
      front.yaml = text.substr(begin, at - begin);
      front.end = next;
      return front;
    }
    at = next;
  }
  return std::nullopt;
}

bool has_open_front_matter(std::string_view text) {
  return without_return(text.substr(0, text.find('\n'))) == "---" && !front_matter(text);
}

void add_front_matter(RecordHeader& header, const YamlNode& front) {
  for (const YamlEntry& entry : front.entries) {
    const std::string key = to_lower(entry.key);
    if (key == "title" && entry.value.kind == YamlNode::Kind::scalar) {
      header.title = entry.value.text;
    } else if (key == "status") {
      add_status(header, line_of_value(entry.value));
    } else if (key == "date") {
      add_date(header, line_of_value(entry.value));
    }
  }
}

}  // namespace revisitd::rules
