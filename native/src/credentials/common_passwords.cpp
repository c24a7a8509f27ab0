// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "latchkey/native/credentials/password_policy.h"

namespace latchkey::native {
namespace {

// Words, names and keyboard fragments that people take for passwords or build them from. With an ending of a few digits
// or signs, capitals, or digits for letters each stands for hundreds of passwords.
constexpr std::string_view roots = R"(
password passwort motdepasse contrasena wachtwoord parola senha hunter secret geheim letmein welcome willkommen
bienvenue login master admin administrator root toor guest user test tester testing changeme changeit default access
system server manager service support operator computer internet network windows linux ubuntu debian android iphone
samsung google facebook twitter instagram youtube amazon microsoft apple macbook thinkpad nintendo playstation xbox
minecraft pokemon pikachu fortnite roblox starcraft warcraft counter counterstrike zelda mario luigi sonic tetris
dragon monkey tiger lion eagle falcon hawk panther jaguar leopard cheetah cougar bear panda koala kitten kitty puppy
doggy rabbit bunny horse pony mustang stallion dolphin shark whale turtle butterfly spider scorpion snake cobra python
viper phoenix unicorn wolf wolverine penguin pelican chicken rooster piglet hamster lizard gecko elephant giraffe
buffalo football baseball basketball softball volleyball soccer hockey tennis golf golfer rugby cricket boxing
wrestling fishing hunting swimming surfing skater snowboard skateboard cycling runner running champion winner player
playboy gamer gaming arsenal chelsea liverpool everton barcelona realmadrid juventus bayern dortmund manchester united
tottenham celtic rangers yankees redsox dodgers cowboys steelers packers patriots raiders broncos giants eagles
dolphins lakers celtics bulls warriors knicks rockets pistons braves tigers cubs mets sunshine sunflower rainbow
starlight moonlight summer winter spring autumn january february march april june july august september october
november december monday tuesday wednesday thursday friday saturday sunday morning midnight sunset flower flowers
blossom lavender jasmine orchid daisy violet cherry banana orange lemon peach strawberry blueberry raspberry pineapple
mango coconut chocolate cookie cookies candy sugar honey cinnamon vanilla pepper ginger peanut cheese coffee whiskey
vodka tequila budweiser heineken guinness cocacola pepsi pizza bacon burger potato pumpkin noodle princess prince
queen king angel angels heaven diamond crystal treasure precious beauty beautiful pretty gorgeous sweetie sweety
sweetheart darling lovely lover lovers iloveyou iloveu loveyou lovelove loveme mylove truelove forever together
babygirl babyboy baby babe cutie cuteness gangster sexy hottie badboy badgirl bigboy bitch fuckyou fuckme asshole
shithead bullshit pussy penis hardcore naughty whatever nothing nobody somebody something anything everything trustno
trustme letmeinnow openup opensesame abracadabra hocuspocus passw0rd p@ssword pass passpass passport passkey passcode
michael jennifer jessica joshua matthew daniel andrew christopher david james robert john joseph thomas charles
william richard anthony steven kevin brian george edward ronald timothy jason jeffrey ryan jacob gary nicholas eric
jonathan stephen larry justin scott brandon benjamin samuel gregory frank alexander raymond patrick jack dennis jerry
tyler aaron jose adam nathan henry douglas zachary peter kyle walter ethan jeremy harold keith christian roger noah
gerald terry sean austin arthur lawrence jesse dylan bryan jordan billy bruce albert willie gabriel logan alan juan
wayne ralph roy mary patricia linda elizabeth barbara susan sarah karen nancy lisa betty margaret sandra ashley
kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca laura sharon cynthia kathleen amy angela
shirley anna brenda pamela emma nicole helen samantha katherine christine debra rachel carolyn janet catherine maria
heather diane ruth julie olivia joyce virginia victoria kelly lauren christina joan evelyn judith megan andrea cheryl
hannah jacqueline martha gloria teresa ann sara madison frances kathryn janice jean abigail alice julia judy sophia
grace denise amber doris marilyn danielle beverly isabella theresa diana natalie brittany charlotte marie kayla alexis
lori superman batman spiderman ironman wonderwoman catwoman superstar superhero rockstar popstar starwars startrek
skywalker darthvader chewbacca yoda gandalf frodo bilbo aragorn legolas mordor hobbit harrypotter hogwarts gryffindor
hermione dumbledore voldemort matrix neo trinity morpheus terminator predator alien avatar titanic godzilla kingkong
scarface godfather rambo rocky jamesbond bond sherlock merlin arthurking excalibur camelot dracula vampire zombie
ghost demon devil satan lucifer hellfire inferno thunder lightning storm hurricane tornado blizzard avalanche volcano
earthquake metallica nirvana slipknot megadeth ironmaiden blacksabbath acdc queenband pinkfloyd ledzeppelin beatles
rollingstones eminem tupac snoopdog beyonce rihanna madonna britney shakira blink greenday linkinpark coldplay
radiohead mercedes porsche ferrari lamborghini bmw audi toyota honda nissan subaru mazda suzuki yamaha kawasaki harley
ducati chevrolet chevy camaro corvette firebird ford dodge charger challenger cadillac pontiac jaguarxj volvo saab
peugeot renault citroen volkswagen beetle jetta passat golfgti america american canada mexico brazil england britain
scotland ireland france germany deutschland italy italia spain espana portugal holland sweden norway denmark finland
poland russia ukraine turkey greece egypt israel india pakistan china japan korea vietnam thailand malaysia singapore
indonesia philippines australia newyork london paris berlin madrid lisbon rome milan vienna prague moscow tokyo
beijing shanghai hongkong sydney melbourne toronto montreal vancouver chicago boston seattle dallas houston denver
atlanta miami orlando florida texas california losangeles sanfrancisco sandiego lasvegas hollywood brooklyn manhattan
washington philadelphia detroit cleveland pittsburgh freedom liberty justice peace jesus jesuschrist christ jehovah
godisgood godbless ilovejesus blessed blessing faith hope charity mercy amen allah mohammed buddha krishna shalom
bismillah security secure private personal confidential classified topsecret firewall hacker hacking cracker exploit
backdoor trojan cyber cyberpunk digital electronic robot robots machine engine turbo nitro rocket missile bullet
killer sniper soldier warrior gladiator samurai ninja shogun pirate captain general colonel sergeant marine army navy
airforce military police sheriff fireman firefighter doctor nurse teacher student school college university harvard
stanford princeton cambridge oxford business company office money dollar dollars euro bitcoin million millionaire
billion success victory legend legendary hero heroes epic awesome amazing fantastic incredible excellent perfect
qwerty qwertyui qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc azerty qwertz abcdef abcdefg abcabc abc
hello helloworld hellothere goodbye goodmorning goodnight goodluck thankyou please sorry welcomehome happybirthday
merrychristmas christmas halloween easter newyear happy happiness smile smiley laughing funny crazy insane psycho
maniac monster creature bigfoot yeti mystery secretword magic magical wizard witch sorcerer fairy dragonfly dragonball
naruto sasuke goku vegeta onepiece sailormoon hellokitty tinkerbell cinderella pocahontas mulan simba nemo shrek bambi
mickey mickeymouse minnie donald donaldduck goofy pluto snoopy garfield scooby scoobydoo spongebob patrickstar homer
simpson simpsons bartman southpark cartman familyguy futurama bender stargate enterprise galactica firefly serenity
purple yellow black white silver golden green blue red pink scarlet crimson turquoise magenta indigo asterix obelix
tintin pinocchio geronimo apollo zeus athena hercules achilles spartacus caesar cleopatra napoleon einstein newton
galileo darwin shakespeare mozart beethoven picasso leonardo michelangelo raphael donatello chester buster bailey
maggie molly lucky shadow smokey tigger sparky sammy casper oscar rusty snickers skittles twinkie oreo nutella kitkat
muffin cupcake pancake waffle brownie biscuit pudding guitar bassguitar drummer piano violin saxophone trumpet music
musica singer dancer dancing ballet hiphop techno trance reggae metalhead punkrock rocknroll jazzman blues country
boomer bandit bonnie clyde gunner hammer slayer ranger trooper stalker viking barbarian spartan titan titans olympus
atlantis babylon avalon paradise eternity infinity destiny fantasy dreamer dreams wonderland charlie maverick bubbles
sophie chloe lily lucas oliver harry leo max felix oskar mia lena camille lucie antoine pierre claire carlos miguel
pablo diego sofia lucia giulia marco matteo francesca ivan natasha dmitri sergei svetlana anastasia boris mohamed
ahmed fatima aisha omar hassan ravi priya rahul amit deepak kumar wei ming yuki sakura hiroshi kenji minji
)";

std::vector<std::string_view> split_words(std::string_view text) {
  constexpr std::string_view separators = " \n";
  std::vector<std::string_view> words;
  for (std::size_t start = text.find_first_not_of(separators); start != std::string_view::npos;
       start = text.find_first_not_of(separators)) {
    text.remove_prefix(start);
    const std::string_view word = text.substr(0, text.find_first_of(separators));
    words.push_back(word);
    text.remove_prefix(word.size());
  }
  return words;
}

}  // namespace

std::span<const std::string_view> common_password_roots() {
  static const std::vector<std::string_view> words = split_words(roots);
  return words;
}

}  // namespace latchkey::native
