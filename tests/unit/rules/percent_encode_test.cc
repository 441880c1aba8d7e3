#include "rules/percent_encode.h"

#include <gtest/gtest.h>

#include <new>

#include "tests/throw_at_nth.h"

namespace revisitd::rules {
namespace {

TEST(PercentEncodeTest, LeavesWhatIsUnreserved) {
  EXPECT_EQ(percent_encode(""), "");
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b/ü%\n"), "a%20b%2F%C3%BC%25%0A");
  EXPECT_EQ(percent_encode("a/b c", boost::urls::unreserved_chars + '/'), "a/b%20c");
}

TEST(PercentEncodeTest, MemoryThatRunsOutIsAnExceptionAndNotTheEnd) {
  if (!revisitd::testing::kAllocationsCanThrow) GTEST_SKIP() << "not under a sanitizer";
  const std::string text(100, ' ');
  const auto encode_without_memory = [&] {
    const revisitd::testing::ThrowAtNth thrower(0);
    return percent_encode(text);
  };
  EXPECT_THROW(encode_without_memory(), std::bad_alloc);
}

}  // namespace
}  // namespace revisitd::rules
