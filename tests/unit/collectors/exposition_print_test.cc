#include "collectors/exposition_print.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::collectors {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Printed {
  std::vector<std::string> lines;
  std::vector<Diagnostic> findings;
};

Printed print(std::string_view text, const PrintOptions& options) {
  Printed printed;
  printed.findings =
      print_page(text, options, [&](std::string_view line) { printed.lines.emplace_back(line); });
  return printed;
}

TEST(ExpositionPrintTest, AlignsColumnsForPeople) {
  const Printed printed = print("up 1\nlonger{a=\"b\"} NaN 1500\n", {});
  EXPECT_THAT(printed.findings, IsEmpty());
  EXPECT_THAT(printed.lines, ElementsAre("up            1", "longer{a=\"b\"} NaN @1.5"));
}

TEST(ExpositionPrintTest, PrintsJsonLines) {
  PrintOptions options;
  options.json = true;
  EXPECT_THAT(print("up 1\n", options).lines,
              ElementsAre("{\"name\":\"up\",\"labels\":{},\"value\":1.0,\"timestamp\":null}"));
}

TEST(ExpositionPrintTest, PrintsNothingOfAMalformedPage) {
  PrintOptions options;
  options.file = "page.txt";
  const Printed printed = print("up 1\ndown x\n", options);
  EXPECT_THAT(printed.lines, IsEmpty());
  ASSERT_THAT(printed.findings, SizeIs(1));
  EXPECT_EQ(format_diagnostic(printed.findings[0]),
            "page.txt:2:6: expected a value, found \"x\"\n  down x\n       ^");
}

TEST(ExpositionPrintTest, KeepsControlCharactersOffTheTerminal) {
  EXPECT_THAT(print("up{a=\"\x1B[31m\"} 1\n", {}).lines, ElementsAre("up{a=\"?[31m\"} 1"));
}

TEST(ExpositionPrintTest, AddsFindingsWhenStrict) {
  PrintOptions options;
  options.strict = true;
  const Printed printed = print("# TYPE a counter\na_total -1\n# EOF\n", options);
  EXPECT_THAT(printed.lines, ElementsAre("a_total -1"));
  ASSERT_THAT(printed.findings, SizeIs(1));
  EXPECT_EQ(format_location(printed.findings[0]), "2:9: a counter is negative or NaN");
}

TEST(ExpositionPrintTest, TakesPagesBeyondTheLimitsOfAScrape) {
  std::string text;
  for (int i = 0; i < 50'001; ++i) text += "x 1\n";
  text += "y{a=\"" + std::string(5'000, 'z') + "\"} 1\n";
  EXPECT_THAT(print(text, {}).lines, SizeIs(50'002));
}

}  // namespace
}  // namespace revisitd::collectors
