#include "daemon/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "daemon/process_figures.h"

namespace revisitd::daemon {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(MetricsTest, CountersStandAtZeroFromTheStart) {
  const std::string text = Metrics({"1.2.3", "abc", "clang 19"}).text();
  for (const char* line :
       {"revisitd_scrapes_total 0\n", "revisitd_scrape_failures_total{reason=\"timeout\"} 0\n",
        "revisitd_query_failures_total{reason=\"refused\"} 0\n", "revisitd_slots_judged_total 0\n",
        "revisitd_http_requests_total{code=\"200\"} 0\n", "revisitd_log_lines_dropped_total 0\n",
        "revisitd_database_commit_failures_total 0\n",
        "revisitd_revisits{state=\"subsided\"} 0\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, HasSubstr("version=\"1.2.3\""));
}

TEST(MetricsTest, WhatHappensIsCounted) {
  Metrics metrics({"1.2.3", "abc", "clang 19"});
  ScrapeFigures scrapes{.total = 2, .took = milliseconds(50)};
  scrapes.failures[static_cast<std::size_t>(ScrapeTrouble::format)] = 1;
  metrics.set(scrapes);
  metrics.add_receiver("slack");
  metrics.delivered("slack", DeliveryOutcome::dead);
  metrics.answered(404);
  metrics.answered(418);
  metrics.committed(milliseconds(3));
  const std::string text = metrics.text();
  for (const char* line :
       {"revisitd_scrapes_total 2\n", "revisitd_scrape_failures_total{reason=\"format\"} 1\n",
        "revisitd_scrape_seconds_total 0.05", "revisitd_http_requests_total{code=\"404\"} 1\n",
        "revisitd_http_requests_total{code=\"418\"} 1\n",
        "revisitd_deliveries_total{outcome=\"dead\",receiver=\"slack\"} 1\n",
        "revisitd_deliveries_total{outcome=\"retried\",receiver=\"slack\"} 0\n",
        "revisitd_database_commit_duration_seconds_bucket{le=\"0.005\"} 1\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(MetricsTest, TotalsCountedElsewhereOnlyGrow) {
  Metrics metrics({"1.2.3", "abc", "clang 19"});
  metrics.set(QueryFigures{.total = 3, .failures = {0, 0, 0, 2}});
  metrics.set(QueryFigures{.total = 5, .failures = {0, 0, 0, 2}});
  metrics.log_lines_dropped(4);
  metrics.log_lines_dropped(4);
  const std::string text = metrics.text();
  for (const char* line : {"revisitd_queries_total 5\n", "revisitd_log_lines_dropped_total 4\n",
                           "revisitd_query_failures_total{reason=\"unavailable\"} 2\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(MetricsTest, BackfillIsCountedFromItsTotals) {
  Metrics metrics({"1.2.3", "abc", "clang 19"});
  EXPECT_THAT(metrics.text(), HasSubstr("revisitd_backfill_queries_total 0\n"));
  metrics.set(BackfillFigures{.queries = 4, .failures = 1, .values = 900, .triggers = 3});
  metrics.set(BackfillFigures{
      .queries = 5, .failures = 1, .values = 1000, .slots_left = 60, .long_past_left = 70});
  const std::string text = metrics.text();
  for (const char* line :
       {"revisitd_backfill_queries_total 5\n", "revisitd_backfill_query_failures_total 1\n",
        "revisitd_backfill_values_total 1000\n", "revisitd_backfill_triggers_pending 0\n",
        "revisitd_backfill_slots_pending 60\n", "revisitd_backfill_hygiene_slots_pending 70\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(MetricsTest, ReasonsThatTargetsChooseBecomeWordsOfOurs) {
  EXPECT_EQ(scrape_trouble_of("status_418"), ScrapeTrouble::status);
  EXPECT_EQ(scrape_trouble_of("html"), ScrapeTrouble::format);
  EXPECT_EQ(scrape_trouble_of("too_large"), ScrapeTrouble::limit);
  EXPECT_EQ(scrape_trouble_of("label_value_too_long"), ScrapeTrouble::limit);
  EXPECT_EQ(scrape_trouble_of("refused_address"), ScrapeTrouble::resolve);
  EXPECT_EQ(scrape_trouble_of("tls"), ScrapeTrouble::connect);
  EXPECT_EQ(scrape_trouble_of("exception"), ScrapeTrouble::internal);
}

TEST(MetricsTest, AFailedReloadKeepsTheTimeOfTheLastGoodOne) {
  Metrics metrics({"1.2.3", "abc", "clang 19"});
  metrics.reloaded(true, from_millis(5000));
  metrics.reloaded(false, from_millis(9000));
  EXPECT_THAT(metrics.text(), HasSubstr("revisitd_config_last_reload_successful 0\n"));
  EXPECT_THAT(metrics.text(),
              HasSubstr("revisitd_config_last_reload_success_timestamp_seconds 5\n"));
}

TEST(MetricsTest, StateIsSetAsAWhole) {
  Metrics metrics({"1.2.3", "abc", "clang 19"});
  StateFigures figures;
  figures.decisions = {4, 1, 0, 2};
  figures.revisits = {1, 0, 3, 0};
  figures.roster_read = from_millis(1'500'000);
  metrics.set(figures);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("revisitd_decisions{verdict=\"tripped\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("revisitd_decisions{verdict=\"blind\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("revisitd_revisits{state=\"snoozed\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("revisitd_roster_read_timestamp_seconds 1500\n"));
}

TEST(MetricsTest, PromtoolFindsNothingToSay) {
  Metrics metrics({"1.2.3", "abc", "clang 19"});
  metrics.add_receiver("slack");
  const std::string path = testing::TempDir() + "/revisitd_metrics_test.prom";
  std::ofstream(path) << metrics.text();
  std::FILE* tool = popen(("promtool check metrics < " + path + " 2>&1").c_str(), "r");
  ASSERT_NE(tool, nullptr);
  std::string said;
  for (int c = std::fgetc(tool); c != EOF; c = std::fgetc(tool)) said += static_cast<char>(c);
  EXPECT_EQ(pclose(tool), 0);
  EXPECT_EQ(said, "");
  std::remove(path.c_str());
}

TEST(ProcessFiguresTest, TheKernelsLineIsReadBehindTheNamesLastParenthesis) {
  const auto figures = parse_process_stat(
      "42 (a) b (c) S 1 42 42 0 -1 4194560 10 0 0 0 250 50 0 0 20 0 3 0 700 8192 5 184467 1 1 0\n",
      1000, 100, 4096);
  ASSERT_TRUE(figures);
  EXPECT_DOUBLE_EQ(figures->cpu_seconds, 3);
  EXPECT_DOUBLE_EQ(figures->start_seconds, 1007);
  EXPECT_DOUBLE_EQ(figures->threads, 3);
  EXPECT_DOUBLE_EQ(figures->virtual_bytes, 8192);
  EXPECT_DOUBLE_EQ(figures->resident_bytes, 5 * 4096);
}

TEST(ProcessFiguresTest, StrangeTextGivesNothing) {
  EXPECT_FALSE(parse_process_stat("", 0, 100, 4096));
  EXPECT_FALSE(parse_process_stat("1 (x) S 1 2", 0, 100, 4096));
}

TEST(ProcessFiguresTest, ThisProcessHasFigures) {
  const auto figures = read_process_figures();
  ASSERT_TRUE(figures);
  EXPECT_GT(figures->resident_bytes, 1e6);
  EXPECT_GE(figures->open_fds, 3);
  EXPECT_GE(figures->max_fds, figures->open_fds);
  EXPECT_GT(figures->start_seconds, 1.5e9);
}

}  // namespace
}  // namespace revisitd::daemon
