#include "collectors/slot_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "collectors/exposition_parser.h"

namespace revisitd::collectors {
namespace {

using boost::asio::awaitable;
using rules::Absence;
using rules::Reduction;
using rules::SignalReading;
using rules::SlotReading;
using rules::SlotValue;
using ::testing::HasSubstr;

constexpr Duration kMinute = std::chrono::minutes(1);
const TimePoint kStart = from_millis(1795444440000);

// A scraper that scrapes nothing.
class QuietScraper final : public Scraper {
 public:
  void start() override {}
  void apply(std::vector<ScrapeTargetSpec>) override {}
  void refresh_interests() override { ++refreshed; }
  awaitable<void> settle(TimePoint until, Duration patience) override {
    settled.emplace_back(until, patience);
    co_return;
  }
  awaitable<void> stop(Duration) override { co_return; }
  std::vector<TargetStatus> status() const override { return {}; }
  std::uint64_t turns() const override { return 0; }
  const ScraperCounters& counters() const override { return counters_; }
  std::set<std::string, std::less<>> services() const override { return known; }

  std::set<std::string, std::less<>> known;
  std::vector<std::pair<TimePoint, Duration>> settled;
  int refreshed = 0;

 private:
  ScraperCounters counters_;
};

// A server that gives one answer to everything.
class FixedSource final : public PromqlSource {
 public:
  explicit FixedSource(std::string name) {
    spec_.name = std::move(name);
    spec_.evaluation_delay = Duration::zero();
  }
  const PromqlServerSpec& spec() const override { return spec_; }
  awaitable<Result<PromqlVector, PromqlError>> query(rules::SignalSpec signal, Duration length,
                                                     TimePoint start) override {
    asked.push_back(query_for_slot(signal.query, length) + " @" + format_time(start + length));
    if (broken) co_return PromqlError{PromqlFailure::unavailable, "away"};
    co_return answer;
  }
  awaitable<Result<SlotHistoryAnswer, PromqlError>> fetch_range(rules::SignalSpec, Duration,
                                                                std::int64_t,
                                                                std::int64_t) override {
    co_return SlotHistoryAnswer{};
  }
  TargetStatus status() const override { return {}; }
  const PromqlCounters& counters() const override { return counters_; }

  PromqlVector answer;
  bool broken = false;
  std::vector<std::string> asked;

 private:
  PromqlServerSpec spec_;
  PromqlCounters counters_;
};

WantedSignal wanted(const std::string& service, const rules::SignalSpec& spec) {
  return {service, std::make_shared<rules::SignalSpec>(spec), {kMinute}};
}
WantedSignal scraped(const std::string& service, const std::string& name, Reduction reduction,
                     const std::string& series, const std::string& label = "") {
  rules::SignalSpec spec;
  spec.name = name;
  spec.reduction = reduction;
  spec.series = series;
  spec.label = label;
  return wanted(service, spec);
}
WantedSignal queried(const std::string& service, const std::string& from = "main") {
  rules::SignalSpec spec;
  spec.name = "density";
  spec.reduction = Reduction::query;
  spec.from = from;
  spec.query = "count by (service) (x[$slot])";
  return wanted(service, spec);
}

class SlotCollectorTest : public ::testing::Test {
 protected:
  SlotCollectorTest() {
    collector_.set_scraper(&scraper_);
    collector_.set_sources({source_});
  }

  // A scrape of a service's one target, `seconds` into the slot.
  void page(const std::string& service, int seconds, std::string_view text) {
    page_into(collector_, service, seconds, text);
  }
  static void page_into(SlotCollector& collector, const std::string& service, int seconds,
                        std::string_view text) {
    ScrapeTargetSpec target;
    target.labels["service"] = service;
    const ScrapeConsumer::Interest interest = collector.interest(service);
    ASSERT_NE(interest.router, nullptr);
    PageStage stage(interest.router);
    stage.begin();
    ExpositionParser parser(ExpositionFormat::prometheus, stage);
    ASSERT_TRUE(parser.feed(text));
    ASSERT_TRUE(parser.finish());
    collector.scraped(target, 1, kStart + std::chrono::seconds(seconds), stage, interest);
  }
  SlotReading close() { return close_of(collector_); }
  SlotReading close_of(SlotCollector& collector, Duration length = kMinute) {
    SlotReading reading;
    boost::asio::co_spawn(
        io_, collector.close(length, slot_start(slot_index(kStart, length), length)),
        [&reading](const std::exception_ptr&, SlotReading result) { reading = std::move(result); });
    io_.restart();
    io_.run();
    return reading;
  }
  static SignalReading one(const SlotReading& reading, const std::string& service,
                           const std::string& signal) {
    for (const auto& of_service : reading.services) {
      if (of_service.service != service) continue;
      for (const SignalReading& one : of_service.signals) {
        if (one.signal == signal) return one;
      }
    }
    ADD_FAILURE() << "no reading of " << service << ' ' << signal;
    return {};
  }

  boost::asio::io_context io_;
  QuietScraper scraper_;
  std::shared_ptr<FixedSource> source_ = std::make_shared<FixedSource>("main");
  SlotCollector collector_{[] { return kStart + kMinute; }};
};

TEST_F(SlotCollectorTest, ReadsAllServicesInOrder) {
  scraper_.known = {"a", "b"};
  EXPECT_TRUE(collector_
                  .want({scraped("b", "memory", Reduction::max, "mem"),
                         scraped("a", "memory", Reduction::max, "mem"),
                         scraped("a", "rps", Reduction::rate, "req")})
                  .empty());
  page("a", 20, "mem 5\nreq 1000\n");
  page("a", 40, "mem 7\nreq 1040\n");
  page("b", 20, "mem 1\n");
  const SlotReading reading = close();
  EXPECT_EQ(reading.length, kMinute);
  EXPECT_EQ(reading.start, kStart);
  ASSERT_EQ(reading.services.size(), 2u);
  EXPECT_EQ(reading.services[0].service, "a");
  EXPECT_EQ(one(reading, "a", "memory").value, SlotValue::exact(7));
  EXPECT_NEAR(one(reading, "a", "rps").value->value, 2, 1e-9);
  EXPECT_EQ(one(reading, "b", "memory").value, SlotValue::exact(1));
}

TEST_F(SlotCollectorTest, SaysWhichVersionAServiceShows) {
  EXPECT_TRUE(
      collector_.want({scraped("a", "version", Reduction::info, "build_info", "version")}).empty());
  page("a", 10, "build_info{version=\"1.4.2\"} 1\n");
  EXPECT_EQ(close().services.at(0).version, "1.4.2");
}

TEST_F(SlotCollectorTest, WaitsForScrapesOfTheSlot) {
  collector_.want({scraped("a", "memory", Reduction::max, "mem")});
  close();
  ASSERT_EQ(scraper_.settled.size(), 1u);
  EXPECT_EQ(scraper_.settled[0].first, kStart + kMinute);
  EXPECT_EQ(scraper_.settled[0].second, std::chrono::seconds(6));
}

TEST_F(SlotCollectorTest, OneQueryAnswersForAllServices) {
  collector_.want({queried("a"), queried("b"), queried("c")});
  source_->answer.services["a"].value = 4;
  source_->answer.services["b"].absence = Absence::ambiguous;
  const SlotReading reading = close();
  EXPECT_THAT(source_->asked, ::testing::ElementsAre("count by (service) (x[1m]) @" +
                                                     format_time(kStart + kMinute)));
  EXPECT_EQ(one(reading, "a", "density").value, SlotValue::exact(4));
  EXPECT_EQ(one(reading, "b", "density").absence, Absence::ambiguous);
  EXPECT_EQ(one(reading, "c", "density").absence, Absence::no_data);
}

TEST_F(SlotCollectorTest, AServerThatFailsFailsItsSignalsOnly) {
  scraper_.known = {"a"};
  collector_.want({queried("a"), scraped("a", "memory", Reduction::max, "mem")});
  page("a", 20, "mem 5\n");
  source_->broken = true;
  const SlotReading reading = close();
  EXPECT_EQ(one(reading, "a", "density").absence, Absence::failed);
  EXPECT_EQ(one(reading, "a", "memory").value, SlotValue::exact(5));
}

TEST_F(SlotCollectorTest, SaysWhatCanNeverHaveAValue) {
  const auto problems =
      collector_.want({queried("a", "other"), scraped("a", "bad", Reduction::max, "mem{"),
                       scraped("a", "good", Reduction::max, "mem")});
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_THAT(problems[0], HasSubstr("signal \"bad\" of \"a\""));
  EXPECT_THAT(problems[1], HasSubstr("no server is called \"other\""));
  const SlotReading reading = close();
  EXPECT_EQ(one(reading, "a", "density").absence, Absence::failed);
  EXPECT_FALSE(one(reading, "a", "bad").value);
}

TEST_F(SlotCollectorTest, AServiceWithoutTargetsSaysSo) {
  collector_.want({scraped("a", "memory", Reduction::max, "mem")});
  EXPECT_EQ(one(close(), "a", "memory").absence, Absence::no_target);
}

TEST_F(SlotCollectorTest, ChangedWishesKeepTheSlotsThatStay) {
  scraper_.known = {"a"};
  collector_.want(
      {scraped("a", "memory", Reduction::max, "mem"), scraped("a", "rps", Reduction::rate, "req")});
  page("a", 20, "mem 5\nreq 1000\n");
  collector_.want({scraped("a", "memory", Reduction::max, "mem"),
                   scraped("a", "rps", Reduction::rate, "other")});
  page("a", 40, "mem 3\nother 7\n");
  const SlotReading reading = close();
  EXPECT_EQ(one(reading, "a", "memory").value, SlotValue::exact(5));
  EXPECT_FALSE(one(reading, "a", "rps").value);
  EXPECT_EQ(scraper_.refreshed, 2);
}

TEST_F(SlotCollectorTest, SignalsAreReadAtTheLengthsTheyAreWantedAt) {
  constexpr Duration kHour = std::chrono::hours(1);
  scraper_.known = {"a"};
  WantedSignal memory = scraped("a", "memory", Reduction::max, "mem");
  const WantedSignal rps = scraped("a", "rps", Reduction::max, "req");
  collector_.want({memory, rps});
  page("a", 20, "mem 5\nreq 7\n");
  memory.lengths.insert(kHour);
  collector_.want({memory, rps});
  page("a", 30, "mem 4\nreq 6\n");
  const SlotReading minute = close(), hour = close_of(collector_, kHour);
  EXPECT_EQ(one(minute, "a", "memory").value, SlotValue::exact(5)) << "the slot was kept";
  EXPECT_EQ(one(minute, "a", "rps").value, SlotValue::exact(7));
  ASSERT_EQ(hour.services.size(), 1u);
  EXPECT_EQ(hour.services[0].signals.size(), 1u);
  EXPECT_EQ(one(hour, "a", "memory").value, SlotValue::exact(4));
}

TEST_F(SlotCollectorTest, SignalsOfOneNameMayMeanDifferentThings) {
  scraper_.known = {"a", "b", "c"};
  collector_.want({scraped("a", "memory", Reduction::max, "mem"),
                   scraped("b", "memory", Reduction::min, "mem"),
                   scraped("c", "memory", Reduction::max, "other")});
  for (const char* service : {"a", "b", "c"}) {
    page(service, 20, "mem 5\nother 1\n");
    page(service, 30, "mem 3\nother 2\n");
  }
  const SlotReading reading = close();
  EXPECT_EQ(one(reading, "a", "memory").value, SlotValue::exact(5));
  EXPECT_EQ(one(reading, "b", "memory").value, SlotValue::exact(3));
  EXPECT_EQ(one(reading, "c", "memory").value, SlotValue::exact(2));
}

TEST_F(SlotCollectorTest, PagesReadForOldWishesAreLeftOut) {
  scraper_.known = {"a"};
  collector_.want({scraped("a", "memory", Reduction::max, "mem")});
  const ScrapeConsumer::Interest interest = collector_.interest("a");
  PageStage stage(interest.router);
  collector_.want(
      {scraped("a", "memory", Reduction::max, "mem"), scraped("a", "rps", Reduction::rate, "req")});
  ScrapeTargetSpec target;
  target.labels["service"] = "a";
  collector_.scraped(target, 1, kStart + kMinute / 2, stage, interest);
  EXPECT_EQ(collector_.reductions().samples, 0u);
}

TEST_F(SlotCollectorTest, OfAServiceNobodyAsksAboutNothingIsWanted) {
  collector_.want({scraped("a", "memory", Reduction::max, "mem")});
  const ScrapeConsumer::Interest interest = collector_.interest("b");
  EXPECT_EQ(interest.router, nullptr);
  PageStage stage(collector_.interest("a").router);
  ScrapeTargetSpec target;
  target.labels["service"] = "b";
  collector_.scraped(target, 1, kStart + kMinute / 2, stage, interest);
  collector_.scrape_failed(target, 1, kStart + kMinute / 2);
  EXPECT_EQ(collector_.reductions().samples, 0u);
}

TEST_F(SlotCollectorTest, OneServiceCannotSpeakForAnother) {
  scraper_.known = {"a", "b"};
  collector_.want({scraped("a", "memory", Reduction::max, "mem"),
                   scraped("b", "memory", Reduction::max, "mem")});
  page("a", 20, "mem{service=\"b\"} 5\n");
  const SlotReading reading = close();
  EXPECT_EQ(one(reading, "a", "memory").value, SlotValue::exact(5));
  EXPECT_EQ(one(reading, "b", "memory").absence, Absence::no_data);
}

bool restore(SlotCollector& collector, const std::string& saved) {
  return collector.restore(SlotCollector::read_progress({&saved, 1}));
}

TEST_F(SlotCollectorTest, SlotsInProgressSurviveARestart) {
  const std::vector<WantedSignal> wanted = {scraped("a", "rps", Reduction::rate, "req"),
                                            scraped("b", "memory", Reduction::max, "mem")};
  scraper_.known = {"a", "b"};
  collector_.want(wanted);
  page("a", 20, "req{x=\"1\"} 1000\n");
  page("b", 20, "mem 9\n");
  const std::string saved = collector_.save();

  SlotCollector next([] { return kStart + kMinute; });
  next.set_scraper(&scraper_);
  next.want(wanted);
  ASSERT_TRUE(restore(next, saved));
  page_into(next, "a", 40, "req{x=\"1\"} 1040\n");
  const SlotReading reading = close_of(next);
  EXPECT_NEAR(one(reading, "a", "rps").value->value, 2, 1e-9);
  EXPECT_EQ(one(reading, "b", "memory").value, SlotValue::exact(9));
}

TEST_F(SlotCollectorTest, PartsTogetherSaveTheSame) {
  std::vector<WantedSignal> wanted;
  for (char name = 'a'; name <= 'z'; ++name) {
    wanted.push_back(scraped(std::string(1, name), "memory", Reduction::max, "mem"));
    scraper_.known.insert(std::string(1, name));
  }
  collector_.want(wanted);
  for (const auto& one : wanted) page(one.service, 20, "mem 9\n");
  std::vector<std::string> parts;
  std::size_t size = 0;
  for (std::size_t part = 0; part < SlotCollector::kParts; ++part) {
    std::string text = collector_.save_part(part);
    size = std::max(size, text.size());
    if (!text.empty()) parts.push_back(std::move(text));
  }
  EXPECT_GT(parts.size(), 5u);
  EXPECT_LT(size, collector_.save().size() / 2);

  SlotCollector next([] { return kStart + kMinute; });
  next.set_scraper(&scraper_);
  next.want(wanted);
  ASSERT_TRUE(next.restore(SlotCollector::read_progress(parts)));
  const SlotReading reading = close_of(next);
  for (const auto& of : wanted) {
    EXPECT_EQ(one(reading, of.service, "memory").value, SlotValue::exact(9)) << of.service;
  }
}

TEST_F(SlotCollectorTest, RefusesASavedTextThatIsCut) {
  collector_.want({scraped("a", "rps", Reduction::rate, "req")});
  page("a", 20, "req 1000\n");
  const std::string saved = collector_.save();
  EXPECT_FALSE(restore(collector_, ""));
  EXPECT_FALSE(restore(collector_, "revisitd-slots 1\n"));
  EXPECT_FALSE(restore(collector_, "revisitd-slots 2\n"));
  const std::string header = "revisitd-slots 3\n";
  ASSERT_TRUE(saved.starts_with(header));
  EXPECT_TRUE(restore(collector_, header));
  for (std::size_t length = header.size() + 1; length < saved.size(); ++length)
    EXPECT_FALSE(restore(collector_, saved.substr(0, length))) << length;
}

// A text that nobody asks for any more is none of our trouble; one that is asked for is.
TEST_F(SlotCollectorTest, TellsOnlyOfUnreadSignalsThatAreWanted) {
  const WantedSignal rps = scraped("a", "rps", Reduction::rate, "req");
  collector_.want({rps});
  page("a", 20, "req 1000\n");
  std::string saved = collector_.save();
  saved.back() = '\x80';  // more would have to follow
  EXPECT_FALSE(restore(collector_, saved));
  collector_.want({scraped("a", "memory", Reduction::max, "mem")});
  EXPECT_TRUE(restore(collector_, saved));
}

}  // namespace
}  // namespace revisitd::collectors
