#pragma once

#include <array>
#include <cstdint>
#include <string_view>

// The units of sizes, largest first: powers of two and powers of ten.
namespace revisitd {

struct SizeUnit {
  std::string_view name;
  std::uint64_t bytes;
};
using SizeUnits = std::array<SizeUnit, 6>;

inline constexpr SizeUnits kBinarySizes = {{{"PiB", 1ULL << 50},
                                            {"TiB", 1ULL << 40},
                                            {"GiB", 1ULL << 30},
                                            {"MiB", 1ULL << 20},
                                            {"KiB", 1ULL << 10},
                                            {"B", 1}}};
inline constexpr SizeUnits kDecimalSizes = {{{"PB", 1'000'000'000'000'000},
                                             {"TB", 1'000'000'000'000},
                                             {"GB", 1'000'000'000},
                                             {"MB", 1'000'000},
                                             {"kB", 1'000},
                                             {"B", 1}}};

}  // namespace revisitd
