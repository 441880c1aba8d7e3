#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/decision.h"
#include "rules/diagnostic.h"
#include "rules/time.h"

// What a record says about itself, in the words that people use for it.
namespace revisitd::rules {

struct RecordHeader {
  std::string title;
  bool has_status = false;  // something was written for it, understood or not
  RecordStatus status = RecordStatus::unknown;
  std::string status_text;  // as written
  Place status_place;
  std::string superseded_by;
  std::optional<TimePoint> date;
  std::string date_text;  // as written, "" when no date is given
  Place date_place;
};

// One line of a record's status or a bullet's text: plain words and the target of its first link.
struct HeaderLine {
  std::string text;
  std::string link;
  Place place;
};

// Takes the line into account. Of several statuses the one furthest in a record's life counts (a
// list of past ones is common): superseded, deprecated, rejected, accepted, proposed. "superseded
// by [x](y.md)" keeps the link, else what stands after "by". A date in the line of the deciding
// status is the date, unless one is given.
void add_status(RecordHeader& header, const HeaderLine& line);
// Takes the first date given; text without one is kept as written.
void add_date(RecordHeader& header, const HeaderLine& line);

// The status a line of words speaks of: the first word that is one. Text in braces, or alternatives
// between bars, are what a template left behind: unknown.
RecordStatus parse_status(std::string_view text);
// The first calendar date or RFC 3339 time in a text.
std::optional<TimePoint> find_date(std::string_view text);
// The date that log4brains puts before a file's name ("20260504-use-python").
std::optional<TimePoint> date_of_name(std::string_view stem);

// A line "Key: value", also several on one line and as the cells of a table row; takes what it says
// about status and date. False when it speaks of neither.
bool add_key_line(RecordHeader& header, const HeaderLine& line);

// The cells of a row of a table, without the bars.
std::vector<std::string_view> table_cells(std::string_view row);

// The front of a text in UTF-8, at most `most` bytes and no broken character at its end.
std::string_view front_of(std::string_view text, std::size_t most);
std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);

}  // namespace revisitd::rules
