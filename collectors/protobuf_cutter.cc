#include "collectors/protobuf_cutter.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace revisitd::collectors {
namespace {

constexpr int kLongestVarint = 10;
constexpr int kLongestLength = 5;  // as Prometheus reads them

bool is_wire(std::uint64_t type) { return type <= 2 || type == 5; }  // 3 and 4 are groups

}  // namespace

ProtobufCutter::Step ProtobufCutter::next(std::string_view& piece) {
  while (fault_ == nullptr) {
    const State before = state_;
    const Step step = enter(piece);
    if (fault_ == nullptr && (step != Step::starved || state_ == before)) return step;
  }
  return Step::broken;
}

// One state's work; starved with another state means that there is more to do.
ProtobufCutter::Step ProtobufCutter::enter(std::string_view& piece) {
  switch (state_) {
    case State::length:
      return take_length(piece);
    case State::tag:
      return take_tag(piece);
    case State::varint:
      return take_number(piece);
    case State::size:
      return take_size(piece);
    case State::payload:
      return take_payload(piece);
    case State::skip:
      return take_skipped(piece);
  }
  return Step::broken;
}

void ProtobufCutter::keep() {
  kept_.clear();
  state_ = State::payload;
}

ProtobufCutter::Step ProtobufCutter::take_length(std::string_view& piece) {
  if (varint_bytes_ == 0) begin_ = taken_;
  if (!take_varint(piece, kLongestLength)) return Step::starved;
  left_ = varint_;
  state_ = State::tag;
  return Step::starved;
}

ProtobufCutter::Step ProtobufCutter::take_tag(std::string_view& piece) {
  if (varint_bytes_ == 0) {
    if (left_ == 0) {
      state_ = State::length;
      return Step::end;
    }
    begin_ = taken_;
  }
  if (!take_varint(piece, kLongestVarint)) return Step::starved;
  const std::uint64_t number = varint_ >> 3U;
  if (number == 0 || number > std::numeric_limits<std::uint32_t>::max() >> 3U)
    return break_off("expected a field number from 1 to 536870911, found another");
  if (!is_wire(varint_ & 7U))
    return break_off("expected a field of wire type 0, 1, 2 or 5, found another");
  field_ = {static_cast<std::uint32_t>(number), static_cast<Wire>(varint_ & 7U), 0};
  switch (field_.wire) {
    case Wire::varint:
      state_ = State::varint;
      return take_number(piece);
    case Wire::bytes:
      state_ = State::size;
      return take_size(piece);
    case Wire::fixed64:
      return skip(8);
    case Wire::fixed32:
      return skip(4);
  }
  return Step::broken;
}

ProtobufCutter::Step ProtobufCutter::take_number(std::string_view& piece) {
  if (!take_varint(piece, kLongestVarint)) return Step::starved;
  field_.value = varint_;
  state_ = State::tag;
  return Step::field;
}

ProtobufCutter::Step ProtobufCutter::take_size(std::string_view& piece) {
  if (!take_varint(piece, kLongestVarint)) return Step::starved;
  field_.value = varint_;
  return skip(varint_);
}

ProtobufCutter::Step ProtobufCutter::skip(std::uint64_t bytes) {
  if (bytes > left_)
    return break_off("expected a field within its family, found one that runs over the end");
  skip_ = bytes;
  state_ = State::skip;
  return Step::field;
}

ProtobufCutter::Step ProtobufCutter::take_payload(std::string_view& piece) {
  const auto size = static_cast<std::size_t>(field_.value);
  if (kept_.empty() && piece.size() >= size) {
    payload_ = piece.substr(0, size);
    take(piece, size);
  } else {
    const std::size_t more = std::min(piece.size(), size - kept_.size());
    kept_.append(piece, 0, more);
    take(piece, more);
    if (kept_.size() < size) return Step::starved;
    payload_ = kept_;
  }
  state_ = State::tag;
  return Step::payload;
}

ProtobufCutter::Step ProtobufCutter::take_skipped(std::string_view& piece) {
  const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), skip_));
  take(piece, bytes);
  skip_ -= bytes;
  if (skip_ == 0) state_ = State::tag;
  return Step::starved;
}

// Whether varint_ is whole now.
bool ProtobufCutter::take_varint(std::string_view& piece, int longest) {
  if (varint_bytes_ == 0) varint_ = 0;
  while (!piece.empty()) {
    if (state_ != State::length && left_ == 0) {
      (void)break_off("expected the rest of a field, found the end of its family");
      return false;
    }
    const auto byte = static_cast<unsigned char>(piece.front());
    take(piece, 1);
    varint_ |= static_cast<std::uint64_t>(byte & 0x7FU) << (7 * varint_bytes_);
    ++varint_bytes_;
    if (byte < 0x80) {
      varint_bytes_ = 0;
      return true;
    }
    if (varint_bytes_ == longest) {
      (void)break_off(longest == kLongestLength
                          ? "expected a family's length in at most 5 bytes, found a longer one"
                          : "expected a number in at most 10 bytes, found a longer one");
      return false;
    }
  }
  return false;
}

void ProtobufCutter::take(std::string_view& piece, std::size_t bytes) {
  piece.remove_prefix(bytes);
  taken_ += bytes;
  if (state_ != State::length) left_ -= bytes;
}

ProtobufCutter::Step ProtobufCutter::break_off(const char* fault) {
  fault_ = fault;
  return Step::broken;
}

}  // namespace revisitd::collectors
