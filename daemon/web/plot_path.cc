#include "daemon/web/plot_path.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace revisitd::daemon::web {
namespace {

constexpr double kShortestDash = 2;  // of a value that stands alone, in pixels

void append_number(std::string& path, double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::round(value * 10) / 10).ptr;
  path.append(buffer, end);
}

class Pen {
 public:
  void move(double x, double y) { go('M', x, y); }
  void line(double x, double y) { go('L', x, y); }
  void close() { path_ += 'Z'; }
  [[nodiscard]] int points() const { return points_; }
  std::string take() { return std::move(path_); }

 private:
  void go(char command, double x, double y) {
    path_ += command;
    append_number(path_, x);
    path_ += ' ';
    append_number(path_, y);
    ++points_;
  }

  std::string path_;
  int points_ = 0;
};

struct Stroke {
  double begin = 0, middle = 0, end = 0;  // x of the column
};

Stroke stroke_of(const PlotColumn& column, Duration length, const PlotFrame& frame) {
  const double begin = frame.x(slot_start(column.first, length));
  const double end = frame.x(slot_start(column.last + 1, length));
  return {begin, (begin + end) / 2, end};
}

bool joined(const PlotColumn& left, const PlotColumn& right) {
  return left.whole && right.whole && left.last + 1 == right.first;
}

// A value without neighbours: as long as its slots, so that it can be seen.
void draw_alone(Pen& pen, const PlotColumn& column, const Stroke& at, const PlotFrame& frame) {
  if (column.least == column.most) {
    const double half = std::max(at.end - at.begin, kShortestDash) / 2;
    pen.move(at.middle - half, frame.y(column.least));
    pen.line(at.middle + half, frame.y(column.least));
    return;
  }
  pen.move(at.middle, frame.y(column.least));
  pen.line(at.middle, frame.y(column.most));
}

void draw_run(Pen& pen, const PlotColumn* first, const PlotColumn* last, Duration length,
              const PlotFrame& frame) {
  if (last - first == 1) {
    draw_alone(pen, *first, stroke_of(*first, length, frame), frame);
    return;
  }
  for (const PlotColumn* c = first; c != last; ++c) {
    const double x = stroke_of(*c, length, frame).middle;
    const double one = frame.y(c->rises ? c->least : c->most);
    const double two = frame.y(c->rises ? c->most : c->least);
    if (c == first) {
      pen.move(x, one);
    } else {
      pen.line(x, one);
    }
    if (two != one) pen.line(x, two);
  }
}

void draw_band(Pen& pen, const PlotColumn* first, const PlotColumn* last, Duration length,
               const PlotFrame& frame) {
  pen.move(stroke_of(*first, length, frame).begin, frame.y(first->high));
  for (const PlotColumn* c = first; c != last; ++c) {
    const Stroke at = stroke_of(*c, length, frame);
    if (c != first) pen.line(at.begin, frame.y(c->high));
    pen.line(at.end, frame.y(c->high));
  }
  for (const PlotColumn* c = last; c != first; --c) {
    const Stroke at = stroke_of(c[-1], length, frame);
    pen.line(at.end, frame.y(c[-1].low));
    pen.line(at.begin, frame.y(c[-1].low));
  }
  pen.close();
}

}  // namespace

double PlotFrame::x(TimePoint at) const {
  return left + width * static_cast<double>((at - from).count()) /
                    static_cast<double>((to - from).count());
}

double PlotFrame::y(double value) const {
  const double inside = std::clamp(value, low, high);
  return top + height * (1 - (inside - low) / (high - low));
}

std::vector<PlotColumn> thin(const std::vector<storage::IndexedValue>& values, Duration length,
                             TimePoint from, TimePoint to, int columns) {
  const std::int64_t begin = slot_index(from, length);
  const std::int64_t slots =
      std::max<std::int64_t>(1, slot_index(to - Duration(1), length) - begin + 1);
  const std::int64_t per_column = std::max<std::int64_t>(1, (slots + columns - 1) / columns);
  std::vector<PlotColumn> thinned;
  std::int64_t current = -1;
  for (const storage::IndexedValue& v : values) {
    const std::int64_t column = (v.index - begin) / per_column;
    const rules::SlotValue& value = v.value;
    if (column != current) {
      current = column;
      thinned.push_back({v.index, v.index, true, value.value, value.value, true, value.low,
                         value.high, value.is_exact()});
      continue;
    }
    PlotColumn& c = thinned.back();
    c.whole = c.whole && c.last + 1 == v.index;
    c.last = v.index;
    if (value.value > c.most) c.rises = true;
    if (value.value < c.least) c.rises = false;
    c.least = std::min(c.least, value.value);
    c.most = std::max(c.most, value.value);
    c.low = std::min(c.low, value.low);
    c.high = std::max(c.high, value.high);
    c.exact = c.exact && value.is_exact();
  }
  return thinned;
}

PlotPaths trace(const std::vector<PlotColumn>& columns, Duration length, const PlotFrame& frame) {
  Pen line, band;
  for (std::size_t i = 0; i < columns.size();) {
    std::size_t end = i + 1;
    while (end < columns.size() && joined(columns[end - 1], columns[end])) ++end;
    const PlotColumn* const first = columns.data() + i;
    const PlotColumn* const last = columns.data() + end;
    draw_run(line, first, last, length, frame);
    const bool interval = std::any_of(first, last, [](const PlotColumn& c) { return !c.exact; });
    if (interval) draw_band(band, first, last, length, frame);
    i = end;
  }
  PlotPaths paths;
  paths.points = line.points();
  paths.line = line.take();
  paths.band = band.take();
  return paths;
}

int gap_count(const std::vector<storage::IndexedValue>& values) {
  int gaps = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i].index != values[i - 1].index + 1) ++gaps;
  }
  return gaps;
}

}  // namespace revisitd::daemon::web
