#include "daemon/target_news.h"

#include <gtest/gtest.h>

namespace revisitd::daemon {
namespace {

collectors::TargetStatus target(const std::string& url, const std::string& health) {
  collectors::TargetStatus status;
  status.kind = "scrape";
  status.job = "app";
  status.url = url;
  status.health = health;
  return status;
}

TEST(TargetNewsTest, ATargetIsToldOfOnceAndOnceMoreWhenItIsBack) {
  TargetNews news;
  EXPECT_TRUE(news.look({target("a", "unknown")}).failing.named.empty());
  EXPECT_TRUE(news.look({target("a", "up")}).back.named.empty());
  EXPECT_EQ(news.look({target("a", "down")}).failing.named.size(), 1u);
  EXPECT_TRUE(news.look({target("a", "down")}).failing.named.empty());
  EXPECT_TRUE(news.look({target("a", "unknown")}).back.named.empty());
  EXPECT_EQ(news.look({target("a", "up")}).back.named.size(), 1u);
  EXPECT_EQ(news.look({target("b", "down")}).failing.named.size(), 1u);
  EXPECT_TRUE(news.look({target("b", "down"), target("a", "up")}).failing.named.empty());
}

TEST(TargetNewsTest, OfAStormAFewAreNamed) {
  std::vector<collectors::TargetStatus> all;
  for (int i = 0; i < 1000; ++i) all.push_back(target(std::to_string(i), "down"));
  TargetNews news;
  const auto first = news.look(all);
  EXPECT_EQ(first.failing.named.size(), TargetNews::kNamed);
  EXPECT_EQ(first.failing.more, 1000 - TargetNews::kNamed);
}

}  // namespace
}  // namespace revisitd::daemon
