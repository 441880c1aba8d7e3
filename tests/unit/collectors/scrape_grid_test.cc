#include "collectors/scrape_grid.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <random>
#include <vector>

namespace revisitd::collectors {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::vector<ScrapeTargetSpec> fleet(std::size_t targets, Duration interval) {
  auto job = std::make_shared<ScrapeJob>();
  job->scrape_interval = interval;
  return {targets, ScrapeTargetSpec{job, "h:1", "", "", {}, {}, {}}};
}

TEST(ScrapeGridTest, IsFinerForMoreScrapes) {
  EXPECT_EQ(scrape_grid({}), milliseconds(500));
  EXPECT_EQ(scrape_grid(fleet(1000, seconds(15))), milliseconds(500));
  EXPECT_EQ(scrape_grid(fleet(2000, seconds(15))), milliseconds(250));
  EXPECT_EQ(scrape_grid(fleet(5000, seconds(15))), milliseconds(125));
  EXPECT_EQ(scrape_grid(fleet(5000, minutes(1))), milliseconds(500));
  EXPECT_EQ(scrape_grid(fleet(1000, milliseconds(1))), milliseconds(1));
  EXPECT_EQ(scrape_grid(fleet(1, Duration{0})), milliseconds(31));
}

TEST(ScrapeGridTest, PhasesLieAmidTheirParts) {
  std::mt19937_64 random(5);
  for (const Duration interval : {Duration{1}, Duration{20}, Duration{1000}, Duration{10'000},
                                  Duration{15'000}, Duration{60'000}, Duration{3'600'001}}) {
    for (const Duration grid : {Duration{1}, Duration{31}, Duration{500}}) {
      const Duration step = std::clamp(interval / 30, Duration{1}, grid);
      for (int i = 0; i < 200; ++i) {
        const std::uint64_t identity = random();
        const Duration phase = scrape_phase(identity, interval, grid);
        EXPECT_GE(phase, Duration{0});
        EXPECT_LT(phase, interval);
        EXPECT_EQ(phase % step, step / 2);
        EXPECT_EQ(scrape_phase(identity, interval, grid), phase);
      }
    }
  }
}

TEST(ScrapeGridTest, AFleetIsSpreadOverTheInterval) {
  std::mt19937_64 random(6);
  std::map<Duration, int> at;
  for (int i = 0; i < 30'000; ++i) ++at[scrape_phase(random(), seconds(15), milliseconds(500))];
  EXPECT_EQ(at.size(), 30u);
  for (const auto& [phase, scrapes] : at) EXPECT_NEAR(scrapes, 1000, 200) << phase.count();
}

}  // namespace
}  // namespace revisitd::collectors
