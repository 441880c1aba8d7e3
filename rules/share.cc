#include <algorithm>
#include <charconv>
#include <numeric>
#include <string>

#include "rules/diagnostic.h"
#include "rules/quantity.h"

namespace revisitd {
namespace {

// Digits, and perhaps a point and more digits.
bool is_decimal(std::string_view text) {
  const std::size_t point = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (point == std::string_view::npos) return digits(text);
  return digits(text.substr(0, point)) && digits(text.substr(point + 1));
}

long long power_of_ten(std::size_t exponent) {
  long long result = 1;
  while (exponent-- > 0) result *= 10;
  return result;
}

}  // namespace

Result<Share> parse_share(std::string_view text) {
  const auto wrong = [&](const std::string& why) {
    return Error{in_quotes(text) + " is not a share: " + why};
  };
  std::string_view number = text;
  const bool percent = number.ends_with('%');
  if (percent) number.remove_suffix(1);
  if (!is_decimal(number)) {
    return wrong("expected a percentage from 0% to 100%, such as 95%");
  }
  const std::string_view whole = number.substr(0, number.find('.'));
  const std::string_view decimals = number.substr(std::min(number.size(), whole.size() + 1));
  if (decimals.size() > 9) return wrong("at most nine decimals");
  const std::string digits = std::string(whole) + std::string(decimals);
  Share share{0, power_of_ten(decimals.size() + (percent ? 2 : 0))};
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), share.num);
  if (read.ec != std::errc{} || share.num > share.den) {
    const bool forgotten = !percent && read.ec == std::errc{} && share.num / share.den <= 100;
    return wrong(forgotten ? "did you mean " + std::string(text) + "%?" : "it is more than 100%");
  }
  const long long divisor = std::gcd(share.num, share.den);
  return Share{share.num / divisor, share.den / divisor};
}

std::string format_share(Share share) {
  const auto num = static_cast<__int128>(share.num) * 20'000 + share.den;
  const auto hundredths = static_cast<long long>(num / (static_cast<__int128>(share.den) * 2));
  std::string result = std::to_string(hundredths / 100);
  if (const long long rest = hundredths % 100; rest != 0) {
    result += rest < 10 ? ".0" : ".";
    result += std::to_string(rest % 10 == 0 ? rest / 10 : rest);
  }
  return result + '%';
}

double to_double(Share share) {
  return static_cast<double>(share.num) / static_cast<double>(share.den);
}

bool less(Share a, Share b) {
  return static_cast<__int128>(a.num) * b.den < static_cast<__int128>(b.num) * a.den;
}

}  // namespace revisitd
