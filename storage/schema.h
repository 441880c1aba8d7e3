#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace revisitd::storage {

// "RVST" in the database's header: what tells our files from everybody else's.
constexpr std::int64_t kApplicationId = 0x52565354;

// One step from the schema version before to `version`. Released steps never change.
struct Migration {
  int version = 0;
  std::string statements;
  // All of the schema of this version, as the steps up to here make it: a new database is made with
  // this at once. Empty where there is none; then it takes the steps one after another.
  std::string whole = {};
};

// Ascending without gaps, from version 1. The last one's version is what this program writes.
std::span<const Migration> migrations();

}  // namespace revisitd::storage
