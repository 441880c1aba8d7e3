#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace revisitd::collectors {

// Cuts a stream of protobuf messages, each behind its length as a varint, into the fields of these
// messages, however the stream comes in pieces. Of bytes (a string or a message) the caller decides
// when their length is known; what it does not keep() is passed over, and only what it keeps is
// held between two pieces.
class ProtobufCutter {
 public:
  enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };
  struct Field {
    std::uint32_t number = 0;
    Wire wire = Wire::varint;
    std::uint64_t value = 0;  // of a varint; of bytes how many there are
  };
  enum class Step {
    starved,  // the piece is used up
    field,    // field() is known; bytes may be keep()ed
    payload,  // payload() are the bytes that were kept
    end,      // of a message
    broken,   // fault() says why; the cutter is of no more use
  };

  // Takes what the step needs off the front of `piece`.
  Step next(std::string_view& piece);
  void keep();

  [[nodiscard]] const Field& field() const { return field_; }
  // Lent until the next call of next().
  [[nodiscard]] std::string_view payload() const { return payload_; }
  // "expected …, found …"
  [[nodiscard]] const char* fault() const { return fault_; }

  // How many bytes lie ahead of the field, or of the message where no field has begun.
  [[nodiscard]] std::uint64_t begin() const { return begin_; }
  // How many bytes were taken in all.
  [[nodiscard]] std::uint64_t taken() const { return taken_; }
  [[nodiscard]] bool between_messages() const {
    return state_ == State::length && varint_bytes_ == 0;
  }
  // Bytes that are yet to come of a message whose length is known.
  [[nodiscard]] std::uint64_t missing() const { return left_; }

 private:
  enum class State { length, tag, varint, size, payload, skip };

  Step enter(std::string_view& piece);
  Step take_length(std::string_view& piece);
  Step take_tag(std::string_view& piece);
  Step take_number(std::string_view& piece);
  Step take_size(std::string_view& piece);
  Step take_payload(std::string_view& piece);
  Step take_skipped(std::string_view& piece);
  bool take_varint(std::string_view& piece, int longest);
  Step skip(std::uint64_t bytes);
  void take(std::string_view& piece, std::size_t bytes);
  Step break_off(const char* fault);

  State state_ = State::length;
  std::uint64_t taken_ = 0;
  std::uint64_t begin_ = 0;
  std::uint64_t left_ = 0;  // of the message
  std::uint64_t skip_ = 0;  // bytes to pass over
  std::uint64_t varint_ = 0;
  int varint_bytes_ = 0;  // read of a varint that has not ended
  Field field_;
  std::string kept_;
  std::string_view payload_;
  const char* fault_ = nullptr;
};

}  // namespace revisitd::collectors
