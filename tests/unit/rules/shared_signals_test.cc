#include "rules/shared_signals.h"

#include <gtest/gtest.h>

#include <string>

namespace revisitd::rules {
namespace {

SharedSignals table(const std::string& series) {
  SignalTable signals;
  signals["load"].name = "load";
  signals["load"].series = series;
  return {std::move(signals)};
}

TEST(SignalTablesTest, TablesThatAreAlikeBecomeOne) {
  SignalTables tables;
  SharedSignals first = table("a"), other = table("b"), second = table("a"), third = table("a");
  const SignalTable* held = &*first;
  for (SharedSignals* one : {&first, &other, &second, &third, &first}) tables.share(*one);
  EXPECT_EQ(&*first, held);
  EXPECT_EQ(&*second, held);
  EXPECT_EQ(&*third, held);
  EXPECT_NE(&*other, held);
  EXPECT_EQ(other.at("load").series, "b");
}

TEST(SignalTablesTest, RemembersTheLastFew) {
  SignalTables tables;
  SharedSignals oldest = table("oldest"), newer = table("newer");
  tables.share(oldest);
  tables.share(newer);
  for (int i = 0; i < 31; ++i) {
    SharedSignals another = table(std::to_string(i));
    tables.share(another);
  }
  SharedSignals again = table("newer"), forgotten = table("oldest");
  tables.share(again);
  tables.share(forgotten);
  EXPECT_EQ(&*again, &*newer);
  EXPECT_NE(&*forgotten, &*oldest);
}

}  // namespace
}  // namespace revisitd::rules
