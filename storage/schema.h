#pragma once

#include <cstdint>
#include <span>

namespace revisitd::storage {

// "RVST" in the database's header: what tells our files from everybody else's.
constexpr std::int64_t kApplicationId = 0x52565354;

// One step from the schema version before to `version`. Released steps never change.
struct Migration {
  int version = 0;
  const char* statements = "";
};

// Ascending without gaps, from version 1. The last one's version is what this program writes.
std::span<const Migration> migrations();

}  // namespace revisitd::storage
