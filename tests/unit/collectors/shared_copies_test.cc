#include "collectors/shared_copies.h"

#include <gtest/gtest.h>

#include <string>

namespace revisitd::collectors {
namespace {

struct Word {
  std::string text;

  [[nodiscard]] std::uint64_t hash() const { return text.size(); }
  friend bool operator==(const Word&, const Word&) = default;
};

std::shared_ptr<const Word> word(std::string text) {
  return std::make_shared<const Word>(Word{std::move(text)});
}

TEST(SharedCopiesTest, EqualOnesAreOne) {
  SharedCopies<Word> words;
  const auto first = words.one_of(word("a"));
  EXPECT_EQ(words.one_of(word("a")), first);
  EXPECT_NE(words.one_of(word("bb")), first);
}

TEST(SharedCopiesTest, AHashInCommonMixesUpNothing) {
  SharedCopies<Word> words;
  const auto first = words.one_of(word("a"));
  EXPECT_EQ(words.one_of(word("b"))->text, "b");
  EXPECT_EQ(words.one_of(word("a")), first);
}

TEST(SharedCopiesTest, KeepsNothingAlive) {
  SharedCopies<Word> words;
  const std::weak_ptr<const Word> gone = words.one_of(word("a"));
  EXPECT_TRUE(gone.expired());
  const auto next = words.one_of(word("b"));
  EXPECT_EQ(words.one_of(word("b")), next);
}

TEST(SharedCopiesTest, WhatIsHeldOutlivesWhatIsNot) {
  SharedCopies<Word> words;
  const auto held = words.one_of(word("a"));
  for (std::size_t i = 2; i < 500; ++i) EXPECT_NE(words.one_of(word(std::string(i, 'x'))), held);
  EXPECT_EQ(words.one_of(word("a")), held);
}

}  // namespace
}  // namespace revisitd::collectors
