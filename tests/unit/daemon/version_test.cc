#include "daemon/version.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace revisitd::daemon {
namespace {

// Without it nothing of what records were read as would ever be taken again.
TEST(VersionTest, TheLinkersDigestNamesTheProgram) {
  const std::string id = build_id();
  EXPECT_GE(id.size(), 16u);
  EXPECT_EQ(id.size() % 2, 0u);
  EXPECT_TRUE(std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  })) << id;
  EXPECT_EQ(id, build_id());
}

}  // namespace
}  // namespace revisitd::daemon
