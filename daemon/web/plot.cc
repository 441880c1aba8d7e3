#include "daemon/web/plot.h"

#include <algorithm>
#include <cmath>

#include "daemon/web/plot_path.h"
#include "daemon/web/style.h"
#include "daemon/web/ticks.h"

namespace revisitd::daemon::web {
namespace {

constexpr double kTop = 22, kRight = 14, kBottom = 24;
constexpr double kLabelWidth = 7.2;  // of one character of an axis label
constexpr double kLineHeight = 13;
constexpr double kBothNotes = 400;  // width that holds the words of onset and window

struct Drawing {
  const Plot& plot;
  PlotFrame frame;
  std::vector<ValueTick> ticks;
};

std::pair<double, double> value_range(const Plot& plot) {
  double low = 0, high = 0;
  for (const auto& [index, value] : plot.values) {
    low = std::min(low, value.value);
    high = std::max(high, value.value);
  }
  for (const PlotLine& line : plot.lines) {
    low = std::min(low, line.value);
    high = std::max(high, line.value);
  }
  // The interval of a bucket may reach far past every value; it must not flatten them.
  const double reach = high * 1.5;
  for (const auto& [index, value] : plot.values) {
    if (std::isfinite(value.high)) high = std::max(high, std::min(value.high, reach));
  }
  if (!(low < high)) high = low + 1;
  return {low, high + (high - low) * 0.04};
}

Drawing lay_out(const Plot& plot) {
  const auto [low, high] = value_range(plot);
  Drawing drawing{plot, {}, value_ticks(low, high, plot.unit, plot.height < 160 ? 3 : 4)};
  std::size_t longest = 1;
  for (const ValueTick& tick : drawing.ticks) longest = std::max(longest, tick.label.size());
  PlotFrame& frame = drawing.frame;
  frame.left = 10 + kLabelWidth * static_cast<double>(longest);
  frame.top = kTop;
  frame.width = plot.width - frame.left - kRight;
  frame.height = plot.height - kTop - kBottom;
  frame.from = plot.from;
  frame.to = plot.to;
  frame.low = drawing.ticks.front().value;
  frame.high = drawing.ticks.back().value;
  return drawing;
}

void draw_axes(Html& svg, const Drawing& drawing) {
  const PlotFrame& frame = drawing.frame;
  const double right = frame.left + frame.width;
  const double bottom = frame.top + frame.height;
  for (const ValueTick& tick : drawing.ticks) {
    const double y = frame.y(tick.value);
    svg.put(R"(<path class="grid" d="M{} {}H{}"/>)", frame.left, y, right);
    svg.put(R"(<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>)", frame.left - 6,
            y + 4, tick.label);
  }
  const int most = std::max(2, static_cast<int>(frame.width / 62));
  for (const TimeTick& tick : time_ticks(frame.from, frame.to, most)) {
    const double x = frame.x(tick.at);
    svg.put(R"(<path class="axis" d="M{} {}v4"/>)", x, bottom);
    if (x < frame.left + 14 || x > right - 10) continue;
    svg.put(R"(<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>)", x, bottom + 17,
            tick.label);
  }
  svg.put(R"(<path class="axis" d="M{} {}H{}"/>)", frame.left, bottom, right);
}

void draw_window(Html& svg, const Drawing& drawing) {
  const Plot& plot = drawing.plot;
  const PlotFrame& frame = drawing.frame;
  if (!plot.window_from) return;
  const double x = frame.x(std::max(*plot.window_from, plot.from));
  const double right = frame.left + frame.width;
  svg.put(R"(<rect class="window" x="{}" y="{}" width="{}" height="{}"/>)", x, frame.top, right - x,
          frame.height);
  // On a narrow drawing the onset's words need the place.
  if (plot.onset && frame.width < kBothNotes) return;
  const std::string label = "window " + format_duration(plot.to - *plot.window_from);
  svg.put(R"(<text class="note" x="{}" y="{}" text-anchor="end">{}</text>)", right, frame.top - 8,
          label);
}

void draw_onset(Html& svg, const Drawing& drawing) {
  const Plot& plot = drawing.plot;
  const PlotFrame& frame = drawing.frame;
  if (!plot.onset || *plot.onset < plot.from || *plot.onset > plot.to) return;
  const double x = frame.x(*plot.onset);
  const double bottom = frame.top + frame.height;
  svg.put(R"(<path class="onset" d="M{} {}V{}"/>)", x, frame.top - 2, bottom);
  svg.put(R"(<path class="onset-mark" d="M{} {}l-4.5 -6h9z"/>)", x, frame.top);
  const std::string label = "onset " + format_time(*plot.onset).substr(0, 16).replace(10, 1, " ");
  const bool left_half = x < frame.left + frame.width / 2;
  svg.put(R"(<text class="note" x="{}" y="{}" text-anchor="{}">{}</text>)",
          left_half ? x + 8 : x - 8, frame.top - 8, left_half ? "start" : "end", label);
}

const char* line_class(PlotLine::Kind kind) {
  switch (kind) {
    case PlotLine::Kind::threshold:
      return "line-threshold";
    case PlotLine::Kind::provided:
      return "line-provided";
    case PlotLine::Kind::budget:
      return "line-budget";
  }
  return "";
}

void draw_lines(Html& svg, const Drawing& drawing) {
  const PlotFrame& frame = drawing.frame;
  std::vector<const PlotLine*> lines;
  for (const PlotLine& line : drawing.plot.lines) lines.push_back(&line);
  std::sort(lines.begin(), lines.end(), [](const PlotLine* a, const PlotLine* b) {
    return a->value != b->value ? a->value < b->value : a < b;
  });
  double label_y = frame.top + frame.height + kLineHeight;
  for (const PlotLine* line : lines) {
    const double y = frame.y(line->value);
    svg.put(R"(<path class="{}" d="M{} {}H{}"/>)", line_class(line->kind), frame.left, y,
            frame.left + frame.width);
    label_y = std::min(y - 5, label_y - kLineHeight);
    svg.put(R"(<text class="label" x="{}" y="{}">{}</text>)", frame.left + 6, label_y, line->label);
  }
}

std::string describe(const Plot& plot) {
  std::string text = format_time(plot.from) + " to " + format_time(plot.to) + ", slots of " +
                     format_duration(plot.length) + ". ";
  if (plot.values.empty()) {
    text += "No values.";
  } else {
    const auto [least, most] = std::minmax_element(
        plot.values.begin(), plot.values.end(),
        [](const auto& a, const auto& b) { return a.value.value < b.value.value; });
    const int gaps = gap_count(plot.values);
    text += std::to_string(plot.values.size()) + " values from " +
            format_quantity(least->value.value, plot.unit) + " to " +
            format_quantity(most->value.value, plot.unit) + ", newest " +
            format_quantity(plot.values.back().value.value, plot.unit) + ", " +
            std::to_string(gaps) + (gaps == 1 ? " gap." : " gaps.");
  }
  for (const PlotLine& line : plot.lines) text += " Line: " + line.label + ".";
  if (plot.onset) text += " Onset " + format_time(*plot.onset) + ".";
  return text;
}

void draw_values(Html& svg, const Drawing& drawing) {
  const Plot& plot = drawing.plot;
  const PlotFrame& frame = drawing.frame;
  if (plot.values.empty()) {
    svg.put(
        R"(<text class="none" x="{}" y="{}" text-anchor="middle">no values in this range</text>)",
        frame.left + frame.width / 2, frame.top + frame.height / 2);
    return;
  }
  const int columns = std::max(10, static_cast<int>(frame.width / 3));
  const PlotPaths paths =
      trace(thin(plot.values, plot.length, plot.from, plot.to, columns), plot.length, frame);
  if (!paths.band.empty()) svg.put(R"(<path class="band" d="{}"/>)", paths.band);
  svg.put(R"(<path class="values" d="{}"/>)", paths.line);
}

}  // namespace

Html draw_plot(const Plot& plot) {
  const Drawing drawing = lay_out(plot);
  Html inside;
  inside.put(R"(<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>)", plot.id, plot.title,
             plot.id, describe(plot));
  if (plot.standalone) {
    inside.put(R"(<style>{}</style><rect class="paper" width="{}" height="{}"/>)",
               plot_stylesheet(), plot.width, plot.height);
    inside.put(R"(<text class="title" x="10" y="14">{}</text>)", plot.title);
  }
  draw_window(inside, drawing);
  draw_axes(inside, drawing);
  draw_values(inside, drawing);
  draw_lines(inside, drawing);
  draw_onset(inside, drawing);
  Html svg;
  if (plot.standalone) {
    svg.put(
        R"(<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-labelledby="{}-title {}-desc">{}</svg>)",
        plot.width, plot.height, plot.width, plot.height, plot.id, plot.id, inside);
  } else {
    svg.put(
        R"(<svg class="plot" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-desc">{}</svg>)",
        plot.width, plot.height, plot.id, plot.id, inside);
  }
  return svg;
}

}  // namespace revisitd::daemon::web
