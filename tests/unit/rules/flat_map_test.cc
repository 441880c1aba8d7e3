#include "rules/flat_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <string_view>

namespace revisitd::rules {
namespace {

TEST(FlatMapTest, AgreesWithAMap) {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    FlatMap<int, std::string> flat;
    std::map<int, std::string> plain;
    for (int step = 0; step < 60; ++step) {
      const int key = static_cast<int>(random() % 20);
      const std::string value = std::to_string(step);
      switch (random() % 4) {
        case 0:
          ASSERT_EQ(flat.try_emplace(key, value).second, plain.try_emplace(key, value).second);
          break;
        case 1:
          flat.insert_or_assign(key, value);
          plain.insert_or_assign(key, value);
          break;
        case 2:
          flat[key] += "x";
          plain[key] += "x";
          break;
        default:
          flat.erase_if([&](const auto& entry) { return entry.first == key; });
          plain.erase(key);
      }
      ASSERT_EQ(flat.size(), plain.size());
      ASSERT_TRUE(std::equal(
          flat.begin(), flat.end(), plain.begin(),
          [](const auto& a, const auto& b) { return a.first == b.first && a.second == b.second; }));
      ASSERT_EQ(flat.contains(key), plain.contains(key));
    }
  }
}

TEST(FlatMapTest, FindsWithoutACopyOfTheKey) {
  FlatMap<std::string, int> map;
  map["a"] = 1;
  EXPECT_EQ(map.find(std::string_view("a"))->second, 1);
  EXPECT_EQ(map.find("b"), map.end());
  EXPECT_EQ(map.at("a"), 1);
  EXPECT_THROW(map.at("b"), std::out_of_range);
}

}  // namespace
}  // namespace revisitd::rules
