#include "rules/interned.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace revisitd::rules {
namespace {

TEST(InternedTest, EqualValuesAreOne) {
  InternTable<std::string> table;
  const auto one = table.of(std::string_view("a long text that is not held in the object"));
  const auto other = table.of(std::string("a long text that is not held in the object"));
  EXPECT_EQ(&*one, &*other);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_NE(one, table.of(std::string_view("another")));
}

TEST(InternedTest, ValuesOfTwoTablesAreEqualByContent) {
  InternTable<std::string> here, there;
  EXPECT_EQ(here.of(std::string("a")), there.of(std::string("a")));
  EXPECT_NE(here.of(std::string("a")), Interned<std::string>());
  EXPECT_EQ(Interned<std::string>(), Interned<std::string>());
}

TEST(InternedTest, AValueThatNobodyHoldsCanBeLetGo) {
  InternTable<std::string> table;
  auto kept = table.of(std::string("kept"));
  table.of(std::string("dropped"));
  table.drop_unused();
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(*kept, "kept");
  kept.reset();
  table.drop_unused();
  EXPECT_EQ(table.size(), 0u);
}

}  // namespace
}  // namespace revisitd::rules
