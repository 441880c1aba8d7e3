#include "daemon/web/plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "daemon/web/plot_path.h"
#include "daemon/web/ticks.h"

namespace revisitd::daemon::web {
namespace {

using rules::SlotValue;
using std::chrono::hours;
using std::chrono::minutes;
using storage::IndexedValue;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr Duration kSlot = minutes(10);

// Slots 0, 1, 2 … from the epoch; '.' is a missing slot, a digit its value.
std::vector<IndexedValue> slots(std::string_view text) {
  std::vector<IndexedValue> values;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '.') {
      values.push_back({static_cast<std::int64_t>(i), SlotValue::exact(text[i] - '0')});
    }
  }
  return values;
}

PlotFrame frame_of(int count) {
  return {0, 0, 10.0 * count, 100, slot_start(0, kSlot), slot_start(count, kSlot), 0, 10};
}

std::string line_of(std::string_view text, int columns = 1000) {
  const PlotFrame frame = frame_of(static_cast<int>(text.size()));
  return trace(thin(slots(text), kSlot, frame.from, frame.to, columns), kSlot, frame).line;
}

std::vector<std::string> labels(const std::vector<ValueTick>& ticks) {
  std::vector<std::string> all;
  for (const ValueTick& t : ticks) all.push_back(t.label);
  return all;
}

TEST(PlotPathTest, NeighbouringSlotsAreJoined) { EXPECT_EQ(line_of("123"), "M5 90L15 80L25 70"); }

TEST(PlotPathTest, AGapIsNeverBridged) { EXPECT_EQ(line_of("11.22"), "M5 90L15 90M35 80L45 80"); }

TEST(PlotPathTest, ALoneSlotIsADashOfItsLength) { EXPECT_EQ(line_of(".5."), "M10 50L20 50"); }

TEST(PlotPathTest, ThinningKeepsASpikeAndItsOrder) {
  EXPECT_EQ(line_of("1111911111", 2), "M25 90L25 10L75 90");
}

TEST(PlotPathTest, AGapInsideAColumnSeparatesItFromItsNeighbours) {
  EXPECT_EQ(line_of("11111.1111", 2).find("L75"), std::string::npos);
}

TEST(PlotPathTest, ManySlotsBecomeAFewHundredPoints) {
  std::vector<IndexedValue> values;
  for (int i = 0; i < 50'000; ++i) values.push_back({i, SlotValue::exact((i * 7919) % 1000)});
  const PlotFrame frame{0, 0, 700, 200, slot_start(0, kSlot), slot_start(50'000, kSlot), 0, 1000};
  const PlotPaths paths = trace(thin(values, kSlot, frame.from, frame.to, 233), kSlot, frame);
  EXPECT_LE(paths.points, 466);
  EXPECT_GT(paths.points, 400);
}

TEST(PlotPathTest, AnIntervalBecomesABandAndAnOpenBucketEndsAtTheEdge) {
  const std::vector<IndexedValue> values = {{0, {2, 1, 4}},
                                            {1, {8, 4, std::numeric_limits<double>::infinity()}}};
  const PlotFrame frame = frame_of(2);
  EXPECT_EQ(trace(thin(values, kSlot, frame.from, frame.to, 10), kSlot, frame).band,
            "M0 60L10 60L10 0L20 0L20 60L10 60L10 90L0 90Z");
  EXPECT_EQ(trace(thin(slots("12"), kSlot, frame.from, frame.to, 10), kSlot, frame).band, "");
}

TEST(PlotPathTest, GapsAreCountedBetweenValuesOnly) {
  EXPECT_EQ(gap_count(slots("..1.11...1..")), 2);
  EXPECT_EQ(gap_count({}), 0);
}

TEST(TicksTest, ValuesStepInTheUnitsOwnWords) {
  EXPECT_THAT(labels(value_ticks(0, 0.131, Unit::seconds, 4)),
              ElementsAre("0", "50ms", "100ms", "150ms"));
  EXPECT_THAT(labels(value_ticks(0, 3 * 86400.0, Unit::seconds, 3)),
              ElementsAre("0", "1d", "2d", "3d"));
  EXPECT_THAT(labels(value_ticks(0, 256.0 * (1 << 20), Unit::bytes, 4)),
              ElementsAre("0", "64MiB", "128MiB", "192MiB", "256MiB"));
  EXPECT_THAT(labels(value_ticks(0, 1, Unit::ratio, 2)), ElementsAre("0%", "50%", "100%"));
  EXPECT_THAT(labels(value_ticks(-3, 4, Unit::number, 3)), ElementsAre("-5", "0", "5"));
}

TEST(TicksTest, TimesAreRoundAndDaysAreNamed) {
  const TimePoint from = *parse_time("2026-11-22T10:07:00Z");
  const std::vector<TimeTick> ticks = time_ticks(from, from + hours(36), 4);
  ASSERT_EQ(ticks.size(), 3u);
  EXPECT_EQ(ticks[0].label, "12:00");
  EXPECT_EQ(ticks[1].label, "23 Nov");
  EXPECT_EQ(ticks[2].label, "12:00");
}

Plot example() {
  Plot plot;
  plot.title = "latency_p99";
  plot.unit = Unit::seconds;
  plot.length = kSlot;
  plot.from = slot_start(0, kSlot);
  plot.to = slot_start(144, kSlot);
  for (int i = 0; i < 144; ++i)
    plot.values.push_back({i, SlotValue::exact(0.09 + (i > 100 ? 0.04 : 0))});
  plot.lines.push_back({PlotLine::Kind::threshold, 0.1, "tail-latency > 100ms"});
  return plot;
}

// The y of the first path of a class in a drawing.
double y_of(const std::string& svg, const std::string& name) {
  const std::size_t path = svg.find("class=\"" + name + "\" d=\"M");
  return std::stod(svg.substr(svg.find(' ', svg.find("d=\"M", path)) + 1));
}

TEST(PlotTest, TheThresholdLineStandsAtItsValue) {
  // Axis 0 to 150ms over 184 pixels below the top margin of 22: 100ms is a third of the way down.
  EXPECT_NEAR(y_of(draw_plot(example()).str(), "line-threshold"), 22 + 184.0 / 3, 0.1);
}

TEST(PlotTest, WindowAndOnsetAreDrawnWhereTheyAre) {
  Plot plot = example();
  plot.window_from = slot_start(72, kSlot);
  plot.onset = slot_start(100, kSlot);
  const std::string svg = draw_plot(plot).str();
  EXPECT_THAT(svg, HasSubstr("class=\"window\""));
  EXPECT_THAT(svg, HasSubstr(">window 12h<"));
  EXPECT_THAT(svg, HasSubstr(">onset 1970-01-01 16:40<"));
}

TEST(PlotTest, NamesAreEscapedAndTheDrawingIsDescribed) {
  Plot plot = example();
  plot.title = "<script>\"x\"";
  plot.lines[0].label = "</svg><b>";
  const std::string svg = draw_plot(plot).str();
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, Not(HasSubstr("<b>")));
  EXPECT_THAT(svg, HasSubstr("144 values from 90ms to 130ms, newest 130ms, 0 gaps."));
}

TEST(PlotTest, WithoutValuesItSaysSo) {
  Plot plot = example();
  plot.values.clear();
  EXPECT_THAT(draw_plot(plot).str(), HasSubstr("no values in this range"));
}

TEST(PlotTest, AloneItCarriesItsStyle) {
  Plot plot = example();
  plot.standalone = true;
  EXPECT_THAT(draw_plot(plot).str(), HasSubstr("prefers-color-scheme"));
  EXPECT_THAT(draw_plot(example()).str(), Not(HasSubstr("<style>")));
}

}  // namespace
}  // namespace revisitd::daemon::web
