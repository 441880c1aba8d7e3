#include "rules/record_header.h"

#include <algorithm>
#include <array>
#include <vector>

namespace revisitd::rules {
namespace {

struct StatusWord {
  std::string_view word;
  RecordStatus status;
};

constexpr std::array kStatusWords{
    StatusWord{"proposed", RecordStatus::proposed},
    StatusWord{"draft", RecordStatus::proposed},
    StatusWord{"pending", RecordStatus::proposed},
    StatusWord{"accepted", RecordStatus::accepted},
    StatusWord{"approved", RecordStatus::accepted},
    StatusWord{"adopted", RecordStatus::accepted},
    StatusWord{"agreed", RecordStatus::accepted},
    StatusWord{"decided", RecordStatus::accepted},
    StatusWord{"implemented", RecordStatus::accepted},
    StatusWord{"rejected", RecordStatus::rejected},
    StatusWord{"declined", RecordStatus::rejected},
    StatusWord{"deprecated", RecordStatus::deprecated},
    StatusWord{"obsolete", RecordStatus::deprecated},
    StatusWord{"retired", RecordStatus::deprecated},
    StatusWord{"superseded", RecordStatus::superseded},
    StatusWord{"superceded", RecordStatus::superseded},
    StatusWord{"replaced", RecordStatus::superseded},
};

constexpr std::string_view kStatusKey = "status";
constexpr std::array<std::string_view, 4> kDateKeys{"date", "decision date", "date decided",
                                                    "decided on"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// How far in a record's life a status stands.
int progress(RecordStatus status) {
  switch (status) {
    case RecordStatus::unknown:
      return 0;
    case RecordStatus::proposed:
      return 1;
    case RecordStatus::accepted:
      return 2;
    case RecordStatus::rejected:
      return 3;
    case RecordStatus::deprecated:
      return 4;
    case RecordStatus::superseded:
      return 5;
  }
  return 0;
}

bool is_leftover(std::string_view text) {
  return text.starts_with('{') || text.starts_with('<') ||
         (text.find('|') != std::string_view::npos &&
          parse_status(text.substr(0, text.find('|'))) != RecordStatus::unknown);
}

std::string after_by(std::string_view text) {
  const std::string lower = to_lower(text);
  const std::size_t by = lower.find(" by ");
  if (by == std::string::npos) return "";
  std::string_view rest = trim(text.substr(by + 4));
  while (rest.ends_with('.') || rest.ends_with(')')) rest.remove_suffix(1);
  return std::string(front_of(rest, 256));
}

bool is_date_key(std::string_view key) {
  return std::find(kDateKeys.begin(), kDateKeys.end(), key) != kDateKeys.end();
}

bool add_key(RecordHeader& header, std::string_view key, const HeaderLine& value) {
  std::string name = to_lower(trim(key));
  if (name.ends_with(':')) name.pop_back();
  if (name == kStatusKey) {
    add_status(header, value);
    return true;
  }
  if (!is_date_key(name)) return false;
  add_date(header, value);
  return true;
}

bool add_row(RecordHeader& header, const HeaderLine& line) {
  const std::vector<std::string_view> row = table_cells(line.text);
  if (row.size() != 2) return false;
  return add_key(header, row[0], {std::string(row[1]), line.link, line.place});
}

struct KeyAt {
  std::size_t begin;
  std::size_t value;
  std::string_view key;
};

// Where "status:" or a date's key stands next at or after `from`, as words of their own.
std::optional<KeyAt> next_key(std::string_view lower, std::size_t from) {
  std::optional<KeyAt> best;
  const auto consider = [&](std::string_view key) {
    for (std::size_t at = lower.find(key, from); at != std::string_view::npos;
         at = lower.find(key, at + 1)) {
      std::size_t colon = at + key.size();
      while (colon < lower.size() && lower[colon] == ' ') ++colon;
      const bool whole = at == 0 || !is_letter(lower[at - 1]);
      if (!whole || colon >= lower.size() || lower[colon] != ':') continue;
      if (!best || at < best->begin) best = KeyAt{at, colon + 1, key};
      return;
    }
  };
  for (const std::string_view key : kDateKeys) consider(key);
  consider(kStatusKey);
  return best;
}

}  // namespace

std::string_view front_of(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string to_lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::vector<std::string_view> table_cells(std::string_view row) {
  std::vector<std::string_view> result;
  row = trim(row);
  if (row.starts_with('|')) row.remove_prefix(1);
  if (row.ends_with('|')) row.remove_suffix(1);
  while (true) {
    const std::size_t bar = row.find('|');
    result.push_back(trim(row.substr(0, bar)));
    if (bar == std::string_view::npos) return result;
    row.remove_prefix(bar + 1);
  }
}

RecordStatus parse_status(std::string_view text) {
  text = trim(text);
  if (text.empty() || is_leftover(text)) return RecordStatus::unknown;
  const std::string lower = to_lower(text);
  for (std::size_t at = 0; at < lower.size();) {
    if (!is_letter(lower[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < lower.size() && is_letter(lower[end])) ++end;
    const std::string_view word = std::string_view(lower).substr(at, end - at);
    if (word == "not") return RecordStatus::unknown;
    for (const StatusWord& known : kStatusWords) {
      if (known.word == word) return known.status;
    }
    at = end;
  }
  return RecordStatus::unknown;
}

std::optional<TimePoint> find_date(std::string_view text) {
  constexpr std::size_t kDateLength = 10;
  for (std::size_t at = 0; at + kDateLength <= text.size(); ++at) {
    if (!is_digit(text[at]) || (at > 0 && is_digit(text[at - 1]))) continue;
    const std::string_view rest = text.substr(at);
    if (const auto time = parse_time(rest.substr(0, rest.find_first_of(" ,;|)")))) return *time;
    if (rest.size() > kDateLength && is_digit(rest[kDateLength])) continue;
    if (const auto date = parse_time(rest.substr(0, kDateLength))) return *date;
  }
  return std::nullopt;
}

std::optional<TimePoint> date_of_name(std::string_view stem) {
  if (stem.size() < 9 || stem[8] != '-' || !std::all_of(stem.begin(), stem.begin() + 8, is_digit)) {
    return std::nullopt;
  }
  const std::string date = std::string(stem.substr(0, 4)) + '-' + std::string(stem.substr(4, 2)) +
                           '-' + std::string(stem.substr(6, 2));
  const auto time = parse_time(date);
  return time ? std::optional(*time) : std::nullopt;
}

void add_status(RecordHeader& header, const HeaderLine& line) {
  const std::string_view text = trim(line.text);
  if (text.empty()) return;
  const RecordStatus status = parse_status(text);
  if (header.has_status && progress(status) <= progress(header.status)) return;
  header.has_status = true;
  header.status = status;
  header.status_text = text;
  header.status_place = line.place;
  if (status == RecordStatus::superseded) {
    header.superseded_by = line.link.empty() ? after_by(text) : line.link;
  }
  if (const auto date = find_date(text); date && header.date_text.empty()) header.date = date;
}

void add_date(RecordHeader& header, const HeaderLine& line) {
  const std::string_view text = trim(line.text);
  if (text.empty() || !header.date_text.empty()) return;
  header.date_text = text;
  header.date_place = line.place;
  header.date = find_date(text);
}

bool add_key_line(RecordHeader& header, const HeaderLine& line) {
  if (line.text.find('|') != std::string::npos && add_row(header, line)) return true;
  const std::string lower = to_lower(line.text);
  std::optional<KeyAt> key = next_key(lower, 0);
  // Prose may speak of a status, too: the line must begin with the key.
  if (!key || !trim(std::string_view(lower).substr(0, key->begin)).empty()) return false;
  while (key) {
    const std::optional<KeyAt> next = next_key(lower, key->value);
    const std::size_t end = next ? next->begin : line.text.size();
    std::string_view value = trim(std::string_view(line.text).substr(key->value, end - key->value));
    while (next && !value.empty() &&
           std::string_view(",;|-").find(value.back()) != std::string_view::npos) {
      value = trim(value.substr(0, value.size() - 1));
    }
    add_key(header, key->key, {std::string(value), line.link, line.place});
    key = next;
  }
  return true;
}

}  // namespace revisitd::rules
