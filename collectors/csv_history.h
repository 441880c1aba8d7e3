#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/diagnostic.h"
#include "rules/signal.h"
#include "rules/signal_history.h"
#include "rules/time.h"

// Measured values from a CSV file:
//
//   time,service,latency_p99,rps
//   2026-03-02T00:00:00Z,checkout,0.081,2100
//   1772409600,checkout,131ms,
//
// Times are RFC 3339 or Unix seconds, in any order; a cell is a number in the signal's base unit or
// a quantity with its own; an empty cell, NaN and an infinity are missing. The second row of a
// service with the same time takes the place of the first. Cells may be quoted as in RFC 4180, the
// separator may be `;` or a tab, lines may end in CR LF, and a byte order mark is skipped. Read by
// hand and not by libcsv, which cannot say where a mistake stands.
namespace revisitd::collectors {

// Seconds since 1970 with or without a fraction, "1772409600"; nothing for another text, and beyond
// the last second of the year 9999 or as far before 1970.
std::optional<TimePoint> parse_unix_seconds(std::string_view text);

class CsvHistory {
 public:
  struct Column {
    std::string name;
    std::optional<Unit> unit;  // of its cells, when any of them is written with one
  };

  using Names = std::set<std::string, std::less<>>;

  // Nothing when the text has an error; at most twenty are told. Cells of columns that are not
  // `wanted` may hold anything and count as missing; without `wanted` all are read.
  static std::optional<CsvHistory> parse(std::string_view text, const std::string& file,
                                         std::vector<Diagnostic>& diagnostics,
                                         const std::optional<Names>& wanted = std::nullopt);

  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
  [[nodiscard]] bool has_service(std::string_view service) const;
  [[nodiscard]] std::size_t rows() const { return times_.size(); }
  // Times of the earliest and the latest row; there is at least one.
  [[nodiscard]] TimePoint first() const { return first_; }
  [[nodiscard]] TimePoint last() const { return last_; }
  // The median distance between neighbouring rows of a service; nothing when it has one row.
  [[nodiscard]] std::optional<Duration> spacing(std::string_view service) const;

  // The signal's values in the slots first <= index < last. A row belongs to the slot that its time
  // lies in. Several rows in one slot are reduced as the signal is: max, min, last and sum as they
  // are over one instance's samples (sum: the newest), everything else by the mean.
  [[nodiscard]] rules::SlotHistory::Values slots(std::string_view service,
                                                 const rules::SignalSpec& signal, Duration length,
                                                 std::int64_t first, std::int64_t last) const;

 private:
  friend class CsvReader;
  struct Range {
    std::size_t begin = 0, end = 0;
  };
  void sort(const std::vector<std::uint32_t>& services, std::vector<std::string> names);

  std::vector<Column> columns_;
  std::map<std::string, Range, std::less<>> services_;
  std::vector<std::int64_t> times_;  // milliseconds; by service, then time, each pair once
  std::vector<double> values_;       // rows of columns_.size(), NaN where missing
  TimePoint first_{}, last_{};
};

}  // namespace revisitd::collectors
