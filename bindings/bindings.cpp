// SPDX-License-Identifier: Apache-2.0
// What the WebAssembly module offers to JavaScript; calls.def beside this file is the table of it.
#include <emscripten/bind.h>
#include <emscripten/emscripten.h>

#include <array>
#include <cstddef>
#include <string_view>

#include "asked_before.h"
#include "boundary.h"
#include "latchkey/cookie.h"
#include "latchkey/permission.h"

namespace {

// Longer than any valid permission: 64 + 1 + 64 + 1 + 256 bytes.
std::array<char, 512> scratch;
static_assert(scratch.size() > 2 * (latchkey::permission_max_word_bytes + 1) + latchkey::permission_max_resource_bytes);

// One byte more than a header may have, so that a longer one shows; a name longer than that is in no header.
constexpr std::size_t room_bytes = latchkey::cookie_header_max_bytes + 1;
std::array<char, 2 * room_bytes> header_room;

latchkey::boundary::asked_before questions;

// What JS says it has written into one of the two, if that can hold so much.
std::string_view written(const char* room, int length) {
  const auto size = static_cast<std::size_t>(length);
  return length >= 0 && size <= room_bytes ? std::string_view(room, size) : std::string_view();
}

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE char* latchkey_scratch() { return scratch.data(); }

EMSCRIPTEN_KEEPALIVE int latchkey_covers(int set, int length) {
  if (length < 0 || static_cast<std::size_t>(length) > scratch.size()) return 0;
  const std::string_view required(scratch.data(), static_cast<std::size_t>(length));
  return (latchkey::boundary::covers(set, required) ? 1 : 0) | (questions.note(set, required) ? 2 : 0);
}

EMSCRIPTEN_KEEPALIVE char* latchkey_header_room() { return header_room.data(); }

EMSCRIPTEN_KEEPALIVE int latchkey_find_cookie(int header_length, int name_length) {
  return latchkey::boundary::find_cookie(written(header_room.data(), header_length),
                                         written(header_room.data() + room_bytes, name_length));
}

EMSCRIPTEN_KEEPALIVE void latchkey_release(int set) { latchkey::boundary::release(set); }

EMSCRIPTEN_KEEPALIVE int latchkey_live() { return static_cast<int>(latchkey::boundary::live()); }

}  // extern "C"

EMSCRIPTEN_BINDINGS(latchkey) {
#define LATCHKEY_CALL(answer, name, callee, argument, value) emscripten::function(#name, &latchkey::boundary::callee);
#define LATCHKEY_EXPORT(name, callee, parameters, answer)
#include "calls.def"
#undef LATCHKEY_CALL
#undef LATCHKEY_EXPORT
}
