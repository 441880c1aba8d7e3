#include "collectors/csv_history.h"

#include <gtest/gtest.h>

namespace revisitd::collectors {
namespace {

using rules::Reduction;
using std::chrono::minutes;

constexpr Duration kSlot = minutes(10);
const TimePoint kStart = *parse_time("2026-03-02T00:00:00Z");

std::string problems(std::string_view text) {
  std::vector<Diagnostic> diagnostics;
  CsvHistory::parse(text, "h.csv", diagnostics);
  std::string out;
  for (const Diagnostic& d : diagnostics) out += format_diagnostic(d) + "\n";
  return out;
}

CsvHistory history(std::string_view text) {
  std::vector<Diagnostic> diagnostics;
  auto read = CsvHistory::parse(text, "h.csv", diagnostics);
  for (const Diagnostic& d : diagnostics) ADD_FAILURE() << format_diagnostic(d);
  return read ? *std::move(read) : CsvHistory{};
}

// Slots of signal x of service a as "INDEX=VALUE …", counted from the start.
std::string slots(std::string_view text, Reduction reduction = Reduction::query) {
  rules::SignalSpec signal;
  signal.name = "x";
  signal.reduction = reduction;
  const std::int64_t first = slot_index(kStart, kSlot);
  std::string out;
  for (const auto& [index, value] : history(text).slots("a", signal, kSlot, first, first + 1000)) {
    out += (out.empty() ? "" : " ") + std::to_string(index - first) + "=" +
           format_quantity(value.value, Unit::number);
  }
  return out;
}

TEST(CsvHistoryTest, ColumnsThatNobodyWantsMayHoldAnything) {
  const std::string text =
      "time,service,x,note,note\n"
      "2026-03-02T00:00:00Z,a,1,\"a sale, began\",5ms\n"
      "2026-03-02T00:10:00Z,a,2,,7MiB\n";
  std::vector<Diagnostic> diagnostics;
  const auto read = CsvHistory::parse(text, "h.csv", diagnostics, CsvHistory::Names{"x"});
  EXPECT_TRUE(diagnostics.empty());
  ASSERT_TRUE(read);
  rules::SignalSpec signal;
  signal.name = "x";
  const std::int64_t first = slot_index(kStart, kSlot);
  EXPECT_EQ(read->slots("a", signal, kSlot, first, first + 9).size(), 2u);
  EXPECT_FALSE(CsvHistory::parse(text, "h.csv", diagnostics, CsvHistory::Names{"note"}));
}

TEST(CsvHistoryTest, ATabMaySeparate) {
  EXPECT_EQ(slots("time\tservice\tx\ty\n"
                  "2026-03-02T00:00:00Z\ta\t1\t\n"
                  "2026-03-02T00:10:00Z\ta\t\t5\n"
                  "2026-03-02T00:20:00Z\ta\t3\t\"5\"\n"),
            "0=1 2=3");
}

TEST(CsvHistoryTest, ARowBelongsToTheSlotThatHoldsItsTime) {
  EXPECT_EQ(slots("time,service,x\n"
                  "2026-03-02T00:00:00Z,a,1\n"
                  "2026-03-02T00:19:59.999Z,a,2\n"
                  "2026-03-02T00:20:00Z,a,3\n"
                  "2026-03-02T01:35:00+01:00,a,4\n"),
            "0=1 1=2 2=3 3=4");
}

TEST(CsvHistoryTest, TakesUnixSeconds) {
  EXPECT_EQ(slots("time,service,x\n1772409600,a,1\n1772410200.5,a,2\n"), "0=1 1=2");
}

TEST(CsvHistoryTest, MissingIsNeverZero) {
  EXPECT_EQ(
      slots("time,service,x\n1772409600,a,\n1772410200,a,NaN\n1772410800,a,+Inf\n1772411400,a,0\n"
            "1772412000,a,inf\n1772412600,a,1e999\n"),
      "3=0")
      << "a sign before an infinity is as Prometheus writes it";
}

TEST(CsvHistoryTest, RealSeriesRepeatAndStepBack) {
  EXPECT_EQ(slots("time,service,x\n"
                  "1772410200,a,5\n"
                  "1772409600,a,1\n"
                  "1772410200,b,9\n"
                  "1772410200,a,6\n"
                  "1772496600,a,7\n"),
            "0=1 1=6 145=7")
      << "the last row of a time wins, a day is missing";
}

TEST(CsvHistoryTest, ARepeatedRowIsReplacedAsAWhole) {
  EXPECT_EQ(slots("time,service,x\n1772409600,a,1\n1772409600,a,\n"), "");
}

TEST(CsvHistoryTest, RowsInOneSlotAreReducedAsTheSignalIs) {
  const std::string_view text =
      "time,service,x\n1772409600,a,4\n1772409660,a,9\n1772409720,a,\n1772409780,a,2\n";
  EXPECT_EQ(slots(text, Reduction::query), "0=5");
  EXPECT_EQ(slots(text, Reduction::max), "0=9");
  EXPECT_EQ(slots(text, Reduction::min), "0=2");
  EXPECT_EQ(slots(text, Reduction::last), "0=2");
  EXPECT_EQ(slots(text, Reduction::sum), "0=2") << "of one instance: its newest sample";
}

TEST(CsvHistoryTest, TakesWhatSpreadsheetsWrite) {
  EXPECT_EQ(slots("\xEF\xBB\xBF\"time\";\"service\";\"x\"\r\n\r\n\"1772409600\" ; a ;\"7\"\r\n"),
            "0=7");
  EXPECT_EQ(slots("time,service,x,\"y \"\"z\"\"\"\n1772409600,a,1,\n"), "0=1");
  EXPECT_EQ(slots("time,service,x\n1772409600,a,3"), "0=3") << "no line end";
  EXPECT_EQ(slots("time,service,y,x\n1772409600,a,3,"), "") << "nor a value";
}

TEST(CsvHistoryTest, CellsMayNameTheirUnit) {
  const CsvHistory read = history("time,service,x\n1772409600,a,131ms\n1772410200,a,0.1\n");
  EXPECT_EQ(read.columns().front().unit, Unit::seconds);
  EXPECT_EQ(slots("time,service,x\n1772409600,a,131ms\n1772410200,a,0.1\n"), "0=0.131 1=0.1");
}

TEST(CsvHistoryTest, KnowsItsExtentAndSpacing) {
  const CsvHistory read =
      history("time,service,x\n1772410200,a,1\n1772409600,a,1\n1772496600,b,1\n1772410500,a,1\n");
  EXPECT_EQ(read.first(), kStart);
  EXPECT_EQ(read.last(), from_millis(1772496600'000));
  EXPECT_EQ(read.spacing("a"), minutes(10));
  EXPECT_EQ(read.spacing("b"), std::nullopt);
  EXPECT_FALSE(read.has_service("c"));
}

TEST(CsvHistoryTest, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(problems(""),
            "h.csv: the file is empty, expected a header such as time,service,latency_p99\n");
  EXPECT_EQ(problems("time,x\n"),
            "h.csv:1:6: expected a header that begins with time,service\n  time,x\n       ^\n");
  EXPECT_EQ(problems("time,service\n"),
            "h.csv:1:6: expected at least one signal after `service`\n  time,service\n       ^\n");
  EXPECT_EQ(
      problems("time,service,x,x\n"),
      "h.csv:1:16: the column \"x\" is there twice\n  time,service,x,x\n                 ^\n");
  EXPECT_EQ(problems("time,service,x\n"), "h.csv: the file has no rows\n");
  EXPECT_EQ(problems("time,service,x\n1772409600,a,1\n02.03.2026,a,1\n1,a,2,3\n"),
            "h.csv:3:1: expected a time such as 2026-03-02T00:00:00Z or Unix seconds, found "
            "\"02.03.2026\"\n"
            "  02.03.2026,a,1\n"
            "  ^\n"
            "h.csv:4:7: expected 3 cells as in the header, found 4\n"
            "  1,a,2,3\n"
            "        ^\n");
  EXPECT_EQ(
      problems("time,service,x\n1772409600000,a,fast\n"),
      "h.csv:2:1: expected Unix seconds, found \"1772409600000\", which looks like milliseconds\n"
      "  1772409600000,a,fast\n"
      "  ^\n"
      "h.csv:2:17: expected a number, a quantity such as 131ms, or nothing, found \"fast\"\n"
      "  1772409600000,a,fast\n"
      "                  ^\n");
  EXPECT_NE(
      problems("time,service,x\n1,a,\"3\n").find("h.csv:2:5: the quoted cell has no closing quote"),
      std::string::npos);
  EXPECT_NE(
      problems("time,service,x\n1,a,\"3\"4\n").find("h.csv:2:8: expected the end of the cell"),
      std::string::npos);
  EXPECT_NE(problems("time,service,x\n1,a,3ms\n2,a,3MiB\n")
                .find("h.csv:3:5: expected a value in seconds"),
            std::string::npos);
}

TEST(CsvHistoryTest, ManyErrorsAreCounted) {
  std::string text = "time,service,x\n";
  for (int i = 0; i < 30; ++i) text += "never,a,1\n";
  EXPECT_NE(problems(text).find("h.csv: and 10 more errors"), std::string::npos);
}

TEST(CsvHistoryTest, OtherEncodingsAreNamed) {
  EXPECT_NE(problems(std::string("\xFF\xFEt\0i\0m\0e\0", 10)).find("UTF-16"), std::string::npos);
}

}  // namespace
}  // namespace revisitd::collectors
