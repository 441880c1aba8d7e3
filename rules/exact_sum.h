#pragma once

#include <cmath>

namespace revisitd::rules {

// A sum of doubles that carries what rounding takes away (Neumaier's variant of Kahan's sum), so
// that the result does not depend on the order in which parts were added: it is the exact sum,
// rounded once. Finite values only.
class ExactSum {
 public:
  void add(double value) {
    const double sum = sum_ + value;
    rest_ += std::abs(sum_) >= std::abs(value) ? (sum_ - sum) + value : (value - sum) + sum_;
    sum_ = sum;
  }
  void add(const ExactSum& other) {
    add(other.sum_);
    rest_ += other.rest_;
  }
  [[nodiscard]] double value() const { return sum_ + rest_; }

 private:
  double sum_ = 0;
  double rest_ = 0;
};

}  // namespace revisitd::rules
