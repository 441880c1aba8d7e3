#include "collectors/csv_history.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include "collectors/csv_cells.h"
#include "rules/yaml.h"

namespace revisitd::collectors {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostErrors = 20;
constexpr double kLastSecond = 253'402'300'799;  // of the year 9999

std::optional<double> number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<double>::infinity();
  if (error != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace

std::optional<TimePoint> parse_unix_seconds(std::string_view text) {
  const auto seconds = number(text);
  if (!seconds || !(std::abs(*seconds) <= kLastSecond)) return std::nullopt;
  return from_millis(std::llround(*seconds * 1000));
}

namespace {

Result<TimePoint> read_time(std::string_view text) {
  if (const auto seconds = parse_unix_seconds(text)) return *seconds;
  if (const auto seconds = number(text)) {
    return Error{
        "expected Unix seconds, found " + in_quotes(text) +
        (std::abs(*seconds) <= kLastSecond * 1000 ? ", which looks like milliseconds" : "")};
  }
  const auto time = parse_time(text);
  if (time) return *time;
  return Error{"expected a time such as 2026-03-02T00:00:00Z or Unix seconds, found " +
               in_quotes(text)};
}

}  // namespace

class CsvReader {
 public:
  CsvReader(std::string_view text, std::string file, std::vector<Diagnostic>& diagnostics,
            const std::optional<CsvHistory::Names>& wanted)
      : text_(rules::without_bom(text)),
        file_(std::move(file)),
        diagnostics_(diagnostics),
        wanted_(wanted) {}

  std::optional<CsvHistory> read() {
    if (const auto wrong =
            rules::unclean(text_.substr(0, std::min(text_.find('\n'), text_.size() - 1) + 1))) {
      error(wrong->first, wrong->second);
      return std::nullopt;
    }
    // The header begins with `time`, so its first separator is the file's.
    const std::size_t separator = text_.substr(0, text_.find('\n')).find_first_of(",;\t");
    CsvCells cells(text_, separator == std::string_view::npos ? ',' : text_[separator]);
    const auto* header = cells.next();
    if (header == nullptr) {
      error({}, "the file is empty, expected a header such as time,service,latency_p99");
    } else if (read_header(*header)) {
      while (const auto* row = cells.next()) read_row(*row);
      if (services_.empty() && errors_ == 0) error({}, "the file has no rows");
    }
    if (cells.mistake()) error(cells.mistake()->place, cells.mistake()->message);
    if (errors_ > kMostErrors) {
      diagnostics_.push_back({file_,
                              {},
                              "and " + std::to_string(errors_ - kMostErrors) + " more errors",
                              "",
                              Severity::error});
    }
    if (errors_ > 0) return std::nullopt;
    history_.sort(services_, std::move(names_));
    return std::move(history_);
  }

 private:
  bool read_header(const std::vector<CsvCells::Cell>& cells) {
    const auto expect = [&](std::size_t i, std::string_view name) {
      if (i < cells.size() && cells[i].text == name) return true;
      error(i < cells.size() ? cells[i].place : cells.back().place,
            "expected a header that begins with time,service");
      return false;
    };
    if (!expect(0, "time") || !expect(1, "service")) return false;
    if (cells.size() < 3) {
      error(cells.back().place, "expected at least one signal after `service`");
      return false;
    }
    for (std::size_t i = 2; i < cells.size(); ++i) {
      const std::string name(cells[i].text);
      const bool wanted = !wanted_ || wanted_->contains(name);
      const bool twice = wanted && std::any_of(history_.columns_.begin(), history_.columns_.end(),
                                               [&](const auto& c) { return c.name == name; });
      if (name.empty()) error(cells[i].place, "expected a signal's name");
      if (twice) error(cells[i].place, "the column " + in_quotes(name) + " is there twice");
      history_.columns_.push_back({name, std::nullopt});
      is_wanted_.push_back(wanted);
    }
    return errors_ == 0;
  }

  void read_row(const std::vector<CsvCells::Cell>& cells) {
    const std::size_t expected = history_.columns_.size() + 2;
    if (cells.size() != expected) {
      error(cells.size() > expected ? cells[expected].place : cells.back().place,
            "expected " + std::to_string(expected) + " cells as in the header, found " +
                std::to_string(cells.size()));
      return;
    }
    const auto time = read_time(cells[0].text);
    if (!time) error(cells[0].place, time.error().message);
    if (cells[1].text.empty()) error(cells[1].place, "expected a service");
    history_.times_.push_back(time ? to_millis(*time) : 0);
    services_.push_back(service(cells[1].text));
    for (std::size_t i = 2; i < cells.size(); ++i) {
      history_.values_.push_back(is_wanted_[i - 2] ? read_value(cells[i], history_.columns_[i - 2])
                                                   : kMissing);
    }
  }

  std::uint32_t service(std::string_view name) {
    // Neighbouring rows are nearly always of one service.
    if (!services_.empty() && names_[services_.back()] == name) return services_.back();
    const auto [known, fresh] =
        numbers_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
    if (fresh) names_.emplace_back(name);
    return known->second;
  }

  double read_value(const CsvCells::Cell& cell, CsvHistory::Column& column) {
    if (cell.text.empty()) return kMissing;
    if (const auto plain = number(cell.text)) return std::isfinite(*plain) ? *plain : kMissing;
    const auto quantity = parse_quantity(cell.text);
    if (!quantity) {
      error(cell.place, "expected a number, a quantity such as 131ms, or nothing, found " +
                            in_quotes(cell.text));
      return kMissing;
    }
    if (column.unit && *column.unit != quantity->unit) {
      error(cell.place, "expected a value in " + std::string(unit_name(*column.unit)) +
                            " as above it, found " + in_quotes(cell.text));
    }
    column.unit = quantity->unit;
    return quantity->value;
  }

  void error(Place place, std::string message) {
    if (++errors_ > kMostErrors) return;
    diagnostics_.push_back({file_, place, std::move(message),
                            place.line > 0 ? line_of(text_, place) : "", Severity::error});
  }

  std::string_view text_;
  std::string file_;
  std::vector<Diagnostic>& diagnostics_;
  const std::optional<CsvHistory::Names>& wanted_;
  std::vector<bool> is_wanted_;  // by column
  std::size_t errors_ = 0;
  CsvHistory history_;
  std::vector<std::uint32_t> services_;  // of each row
  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
};

std::optional<CsvHistory> CsvHistory::parse(std::string_view text, const std::string& file,
                                            std::vector<Diagnostic>& diagnostics,
                                            const std::optional<Names>& wanted) {
  return CsvReader(text, file, diagnostics, wanted).read();
}

void CsvHistory::sort(const std::vector<std::uint32_t>& services, std::vector<std::string> names) {
  std::vector<std::size_t> order(times_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t row) { return std::pair(services[row], times_[row]); };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(services[a], times_[a], a) < std::tuple(services[b], times_[b], b);
  });
  std::vector<std::int64_t> times;
  std::vector<double> values;
  times.reserve(times_.size());
  values.reserve(values_.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t row = order[i];
    if (i + 1 < order.size() && key(order[i + 1]) == key(row)) continue;  // a later row wins
    Range& range =
        services_.try_emplace(names[services[row]], Range{times.size(), 0}).first->second;
    times.push_back(times_[row]);
    const auto begin = values_.begin() + static_cast<std::ptrdiff_t>(row * columns_.size());
    values.insert(values.end(), begin, begin + static_cast<std::ptrdiff_t>(columns_.size()));
    range.end = times.size();
  }
  times_ = std::move(times);
  values_ = std::move(values);
  const auto [least, most] = std::minmax_element(times_.begin(), times_.end());
  first_ = from_millis(*least);
  last_ = from_millis(*most);
}

bool CsvHistory::has_service(std::string_view service) const {
  return services_.find(service) != services_.end();
}

std::optional<Duration> CsvHistory::spacing(std::string_view service) const {
  const auto found = services_.find(service);
  if (found == services_.end() || found->second.end - found->second.begin < 2) return std::nullopt;
  std::vector<std::int64_t> steps;
  for (std::size_t i = found->second.begin + 1; i < found->second.end; ++i) {
    steps.push_back(times_[i] - times_[i - 1]);
  }
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return Duration{*middle};
}

rules::SlotHistory::Values CsvHistory::slots(std::string_view service,
                                             const rules::SignalSpec& signal, Duration length,
                                             std::int64_t first, std::int64_t last) const {
  rules::SlotHistory::Values slots;
  const auto found = services_.find(service);
  const auto column = std::find_if(columns_.begin(), columns_.end(),
                                   [&](const Column& c) { return c.name == signal.name; });
  if (found == services_.end() || column == columns_.end()) return slots;
  // What `info` reads is a word, not a number.
  if (signal.reduction == rules::Reduction::info) return slots;
  const auto offset = static_cast<std::size_t>(column - columns_.begin());
  double reduced = 0;
  int count = 0;
  std::int64_t index = 0;
  const auto finish = [&] {
    if (count == 0) return;
    const bool mean =
        signal.reduction != rules::Reduction::max && signal.reduction != rules::Reduction::min &&
        signal.reduction != rules::Reduction::last && signal.reduction != rules::Reduction::sum;
    slots.emplace_back(index, rules::SlotValue::exact(mean ? reduced / count : reduced));
    count = 0;
  };
  for (std::size_t row = found->second.begin; row < found->second.end; ++row) {
    const double value = values_[row * columns_.size() + offset];
    const std::int64_t slot = slot_index(from_millis(times_[row]), length);
    if (slot < first || slot >= last || std::isnan(value)) continue;
    if (count > 0 && slot != index) finish();
    index = slot;
    switch (signal.reduction) {
      case rules::Reduction::max:
        reduced = count > 0 ? std::max(reduced, value) : value;
        break;
      case rules::Reduction::min:
        reduced = count > 0 ? std::min(reduced, value) : value;
        break;
      case rules::Reduction::last:
      case rules::Reduction::sum:
        reduced = value;
        break;
      case rules::Reduction::quantile:
      case rules::Reduction::rate:
      case rules::Reduction::mean:
      case rules::Reduction::count:
      case rules::Reduction::query:
      case rules::Reduction::info:
        reduced = count > 0 ? reduced + value : value;
        break;
    }
    ++count;
  }
  finish();
  return slots;
}

}  // namespace revisitd::collectors
