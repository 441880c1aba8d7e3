#include "collectors/exposition_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "collectors/exposition_parser.h"
#include "collectors/sample_json.h"

namespace revisitd::collectors {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Gives each series that starts with "keep" a mark, skips "skip", leaves the others unmarked.
class Numbering : public SampleSink {
 public:
  bool wants(std::string_view name) override { return name != "unwanted"; }
  void sample(const SampleView& sample) override { parsed.push_back(std::string(sample.series)); }
  SeriesMark mark(const SampleView& sample) override {
    if (sample.name == "skip") return kSkipSeries;
    if (sample.name != "keep") return kUnmarked;
    return numbers_.emplace(std::string(sample.series), static_cast<SeriesMark>(numbers_.size()))
        .first->second;
  }
  void reading(SeriesMark mark, const Reading& reading) override {
    std::string line = std::to_string(mark) + '=' + value_text(reading.value);
    if (reading.timestamp_ms) line += '@' + std::to_string(*reading.timestamp_ms);
    readings.push_back(line + ':' + std::to_string(reading.line));
  }
  void forget_page() {
    parsed.clear();
    readings.clear();
  }

  std::vector<std::string> parsed;
  std::vector<std::string> readings;

 private:
  std::map<std::string, SeriesMark> numbers_;
};

class PageMemoryTest : public ::testing::Test {
 protected:
  bool read(std::string_view text) {
    sink_.forget_page();
    ExpositionParser parser(ExpositionFormat::prometheus, sink_, {}, ExpositionScan::wanted_lines,
                            &memory_);
    const bool fed = static_cast<bool>(parser.feed(text));
    return static_cast<bool>(parser.finish()) && fed;
  }

  Numbering sink_;
  PageMemory memory_;
};

TEST_F(PageMemoryTest, GivesReadingsOnAPageOfTheSameLayout) {
  ASSERT_TRUE(read("keep{a=\"1\"} 1\nunwanted 5\nskip 7\nkeep{a=\"2\"} 2\nother 3\n"));
  EXPECT_EQ(sink_.parsed.size(), 4U);
  EXPECT_THAT(sink_.readings, IsEmpty());
  ASSERT_TRUE(read("keep{a=\"1\"} 10\nunwanted 5\nskip 7\nkeep{a=\"2\"} 20 99\nother 30\n"));
  EXPECT_THAT(sink_.parsed, ElementsAre("other"));
  EXPECT_THAT(sink_.readings, ElementsAre("0=10:1", "1=20@99:4"));
}

TEST_F(PageMemoryTest, RefusesABadValueBehindAKnownSeries) {
  ASSERT_TRUE(read("keep 1\n"));
  EXPECT_FALSE(read("keep oops\n"));
}

TEST_F(PageMemoryTest, FindsItsWayBehindAChange) {
  ASSERT_TRUE(read("keep{a=\"1\"} 1\nkeep{a=\"2\"} 2\nkeep{a=\"3\"} 3\nkeep{a=\"4\"} 4\n"));
  ASSERT_TRUE(read("keep{a=\"0\"} 9\nkeep{a=\"1\"} 1\nkeep{a=\"3\"} 3\nkeep{a=\"4\"} 4\n"));
  EXPECT_THAT(sink_.parsed, ElementsAre("keep{a=\"0\"}", "keep{a=\"3\"}"));
  EXPECT_THAT(sink_.readings, ElementsAre("0=1:2", "3=4:4"));
  ASSERT_TRUE(read("keep{a=\"0\"} 9\nkeep{a=\"1\"} 1\nkeep{a=\"3\"} 3\nkeep{a=\"4\"} 4\n"));
  EXPECT_THAT(sink_.parsed, IsEmpty());
}

TEST_F(PageMemoryTest, TellsASeriesFromALongerOneWithTheSameFront) {
  ASSERT_TRUE(read("keep 1\n"));
  ASSERT_TRUE(read("keep{a=\"1\"} 2\n"));
  EXPECT_THAT(sink_.parsed, ElementsAre("keep{a=\"1\"}"));
  ASSERT_TRUE(read("keep {a=\"1\"} 2\n"));
  EXPECT_THAT(sink_.readings, IsEmpty());
}

TEST_F(PageMemoryTest, ABlankBeforeLabelsEndsNoKnownSeries) {
  ASSERT_TRUE(read("keep 1\nskip 2\n"));
  ASSERT_TRUE(read("keep {a=\"1\"} 5\nkeep 6\nskip \t{a=\"1\"} 7\nskip 8\n"));
  EXPECT_THAT(sink_.parsed, ElementsAre("keep {a=\"1\"}", "skip \t{a=\"1\"}"));
  EXPECT_THAT(sink_.readings, ElementsAre("0=6:2"));
}

TEST_F(PageMemoryTest, KeepsTheLastGoodPageOverABadOne) {
  ASSERT_TRUE(read("keep 1\nkeep{a=\"1\"} 2\n"));
  ASSERT_FALSE(read("keep 1\nkeep\n"));
  EXPECT_EQ(memory_.size(), 2U);
  ASSERT_TRUE(read("keep 1\nkeep{a=\"1\"} 2\n"));
  EXPECT_THAT(sink_.parsed, IsEmpty());
}

TEST_F(PageMemoryTest, ABrokenLineThatNobodyWantsLosesAPageThatIsNew) {
  EXPECT_FALSE(read("keep 1\nunwanted{ 1\n"));
  EXPECT_FALSE(read("keep 1\nunwanted oops\n"));
  EXPECT_FALSE(read("keep 1\nunwanted 1 -5x\n"));
  EXPECT_FALSE(read("keep 1\n# TYPE unwanted  gouge\n"));
  EXPECT_FALSE(read("keep 1\nunwanted{a=\"b\"} 1e\nkeep{a=\"1\"} 2\n"));
  EXPECT_TRUE(read("keep 1\n# TYPE unwanted gauge\nunwanted{a=\"b\"} 1 99\n\n# a word\n"));
}

TEST_F(PageMemoryTest, AProvenPageIsSkippedOverUntilItsLinesAreOtherInNumber) {
  ASSERT_TRUE(read("keep 1\nunwanted 5\n"));
  EXPECT_TRUE(read("keep 2\nunwanted oops\n"));
  EXPECT_TRUE(read("keep 3\nunwanted oops\nother 1\n"));
  EXPECT_FALSE(read("keep 4\nunwanted oops\nother 1\n"));
  EXPECT_FALSE(read("keep 4\nunwanted oops\n"));
  EXPECT_TRUE(read("keep 4\nunwanted 5\n"));
}

TEST_F(PageMemoryTest, WhatTakesAPagesPlaceIsRefusedByItsFirstLine) {
  ASSERT_TRUE(read("unwanted 5\nkeep 1\n"));
  EXPECT_FALSE(read("Please log in to continue\nYour session has expired\n"));
  EXPECT_FALSE(read("OK\n"));
  EXPECT_FALSE(read("Service Unavailable"));
}

TEST_F(PageMemoryTest, WhatNobodyWantsMayBeLarge) {
  const std::string large = "{a=\"" + std::string(5000, 'x') + "\"} 1\n";
  EXPECT_TRUE(read("unwanted" + large + "keep 1\n"));
  EXPECT_FALSE(read("keep" + large));
}

TEST_F(PageMemoryTest, SharesALayoutUntilThePageChanges) {
  SharedCopies<PageLayout> layouts;
  const std::string page = "keep{a=\"1\"} 1\nskip 7\nkeep{a=\"2\"} 2\n";
  ASSERT_TRUE(read(page));
  EXPECT_FALSE(memory_.settled());
  PageMemory other = memory_;
  ASSERT_TRUE(read(page));
  EXPECT_TRUE(memory_.settled());
  memory_.share(layouts);
  other.share(layouts);
  ASSERT_TRUE(read("keep{a=\"2\"} 3\n"));
  ASSERT_TRUE(read("keep{a=\"2\"} 4\n"));
  EXPECT_TRUE(memory_.settled());
  EXPECT_EQ(memory_.size(), 1u);
  EXPECT_EQ(other.size(), 3u);
  std::swap(memory_, other);
  ASSERT_TRUE(read(page));
  EXPECT_THAT(sink_.parsed, IsEmpty());
  EXPECT_THAT(sink_.readings, ElementsAre("0=1:1", "1=2:3"));
}

TEST_F(PageMemoryTest, ForgetsWhenCleared) {
  ASSERT_TRUE(read("keep 1\n"));
  memory_.clear();
  ASSERT_TRUE(read("keep 1\n"));
  EXPECT_THAT(sink_.parsed, ElementsAre("keep"));
}

}  // namespace
}  // namespace revisitd::collectors
