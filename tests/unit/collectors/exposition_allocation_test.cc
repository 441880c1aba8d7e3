#include <gtest/gtest.h>

#include <string>

#include "collectors/exposition_parser.h"
#include "tests/allocation_count.h"

namespace revisitd::collectors {
namespace {

using testing::allocations;

class Sum : public SampleSink {
 public:
  bool wants(std::string_view name) override { return name != "unwanted_metric_with_a_long_name"; }
  void sample(const SampleView& sample) override { sum += sample.value; }
  SeriesMark mark(const SampleView&) override { return 0; }
  void reading(SeriesMark, const Reading& reading) override { sum += reading.value; }
  double sum = 0;
};

std::size_t allocations_after_warm_up(ExpositionScan scan) {
  Sum sink;
  ExpositionParser parser(ExpositionFormat::prometheus, sink, {}, scan);
  std::string page;
  for (int i = 0; i < 200; ++i) {
    page +=
        "# HELP wanted_metric_with_a_long_name x\nwanted_metric_with_a_long_name{path=\"a long "
        "label "
        "value\\n\",other=\"another long value\"} 1.5\nunwanted_metric_with_a_long_name{a=\"b\"} "
        "2\n";
  }
  EXPECT_TRUE(parser.feed(page));
  const std::size_t before = allocations();
  EXPECT_TRUE(parser.feed(page));
  const std::size_t result = allocations() - before;
  EXPECT_TRUE(parser.finish());
  EXPECT_GE(sink.sum, 600);
  return result;
}

TEST(ExpositionAllocationTest, ReadsSamplesWithoutAllocating) {
  EXPECT_EQ(allocations_after_warm_up(ExpositionScan::every_line), 0U);
  EXPECT_EQ(allocations_after_warm_up(ExpositionScan::wanted_lines), 0U);
}

// A page whose layout is known costs what its parser does, however many samples it has.
std::size_t allocations_of_a_known_page(int samples) {
  Sum sink;
  PageMemory memory;
  std::string page;
  for (int i = 0; i < samples; ++i) {
    page += "wanted_metric_with_a_long_name{path=\"" + std::to_string(i) + "\"} 1\n";
  }
  std::size_t before = 0;
  for (int round = 0; round < 3; ++round) {
    before = allocations();
    ExpositionParser parser(ExpositionFormat::prometheus, sink, {}, ExpositionScan::wanted_lines,
                            &memory);
    EXPECT_TRUE(parser.feed(page));
    EXPECT_TRUE(parser.finish());
  }
  return allocations() - before;
}

TEST(ExpositionAllocationTest, ReadsKnownSamplesWithoutAllocating) {
  EXPECT_EQ(allocations_of_a_known_page(10), allocations_of_a_known_page(5000));
}

}  // namespace
}  // namespace revisitd::collectors
