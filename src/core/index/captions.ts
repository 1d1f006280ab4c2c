/** What people may search pictures for, in plain English: measured with these, an index meets the queries it is for. */
export const CAPTIONS: readonly string[] = `
a dog running on the beach; a cat asleep on a sofa; two children playing football; a red car parked in the street
a bowl of fresh fruit on a table; snow on the mountains at sunrise; a woman reading a book in a park; a busy market
a man riding a bicycle; a plate of spaghetti with tomato sauce; a black and white photograph of a city; an old bridge
a train arriving at a station; a bird sitting on a branch; a group of friends laughing; a wooden house by a lake
a close-up of a flower; rain on a window; a boat on a calm sea; an empty road through the desert; a child with a balloon
a doctor looking at an X-ray; a microscope in a laboratory; a nurse holding a syringe; pills on a white background
an MRI scan of a brain; a broken arm in a plaster cast; a surgeon at work; test tubes with coloured liquids
a chest radiograph; a hospital corridor; a dentist and a patient; a stethoscope on a desk; blood cells under a microscope
a laptop on a desk; a person typing on a keyboard; a mobile phone lying on a table; a server room; cables and switches
a circuit board; an old television set; a camera with a long lens; a drone above a field; a satellite dish on a roof
a map of Europe; a bar chart with four columns; a handwritten letter; a page of a newspaper; a road sign; a stop sign
a street at night with neon lights; a skyscraper seen from below; a church with a tall tower; a castle on a hill
an aerial view of farmland; a satellite image of a coast; a harbour with ships; an airport runway; a football stadium
a motorway with heavy traffic; a yellow taxi; a fire engine; a bus stop in the rain; a truck on a country road
a motorcycle leaning on a wall; a helicopter in the sky; an aeroplane taking off; a sailing boat; a tram in the old town
a horse in a meadow; a flock of sheep; cows grazing; a pig in the mud; chickens in a yard; a goat on a rock; a donkey
an elephant in the savanna; a lion under a tree; a giraffe eating leaves; a zebra; a monkey with a banana; a tiger
a polar bear on the ice; penguins on a beach; a whale jumping out of the water; a shark; a school of fish; a turtle
a butterfly on a flower; a bee collecting pollen; a spider in its web; ants carrying a leaf; a snail after the rain
an owl at night; a seagull over the sea; a parrot with bright feathers; ducks on a pond; an eagle in flight; a swan
a forest in autumn; a path through tall trees; a waterfall; a river in a valley; a volcano; a cave with stalactites
a sandy beach with palm trees; waves against a cliff; a frozen lake; a field of sunflowers; a vineyard in summer
a rainbow after a storm; lightning over a city; a starry sky; the full moon; a sunset over the ocean; fog in the hills
a garden with roses; a cactus in a pot; a bunch of tulips; mushrooms in the grass; a pine tree covered with snow
a cup of coffee; a glass of red wine; a slice of chocolate cake; a hamburger with fries; a pizza on a wooden board
sushi on a plate; a bowl of soup; bread and cheese; a basket of eggs; a pile of oranges; a barbecue in the garden
a birthday cake with candles; ice cream in a cone; pancakes with syrup; a salad with tomatoes; a fish on ice
a kitchen with white cupboards; an unmade bed; a bathroom with a large mirror; a living room with a fireplace
a chair beside a window; a lamp on a bedside table; a staircase; an open door; a bookshelf full of books; a piano
a wedding couple; a baby in a cradle; an elderly man with a hat; a girl with a red umbrella; a boy with glasses
a family having dinner; a teacher in front of a class; students in a library; a chef in a kitchen; a farmer with a tractor
a police officer; a firefighter; a soldier in uniform; a musician with a guitar; a dancer on a stage; a clown
a man in a suit shaking hands; a woman in a blue dress; people waiting in a queue; a crowd at a concert; a protest march
a smiling face; a portrait of a woman; hands holding a cup; a pair of shoes; a person seen from behind; a selfie
a tennis player serving; a basketball game; a swimmer in a pool; a skier on a slope; a surfer on a wave; a boxing match
a runner crossing the finish line; people doing yoga; a climber on a rock face; a golf course; a game of chess
a skateboarder in mid-air; a baseball player with a bat; a horse race; a cyclist in the mountains; a referee
a construction site with a crane; a factory with chimneys; a worker with a helmet; a welding robot; a pile of bricks
a wind turbine; solar panels on a roof; a power line; a nuclear power plant; a dam; an oil platform; a recycling bin
damage to a concrete wall; a crack in the road; a rusty pipe; a scratch on a car door; a defective weld; peeling paint
cars at a crossroads; pedestrians on a zebra crossing; a cyclist beside a truck; a traffic light showing red; a tunnel
a parking lot from above; a lorry seen from behind; a child crossing the street; a snowy road at night; a roundabout
an oil painting of a landscape; a marble statue; a stained glass window; graffiti on a wall; a pencil drawing of a hand
a cartoon character; a logo with a star; a page of sheet music; an icon of a house; a computer game; a chalkboard
a Christmas tree with lights; fireworks; a pumpkin with a carved face; a decorated egg; a flag in the wind; a parade
a clock showing ten past two; a pair of scissors; a set of keys; a backpack; a suitcase; a pile of coins; a toothbrush
a toy train; a teddy bear; building blocks; a bunch of balloons; a kite in the sky; a swing in a playground; a slide
something red; something round; a pattern of stripes; a blurred picture; a dark picture; an empty room; nothing but sky
a medieval knight in armour; an Egyptian pyramid; the Eiffel Tower; a Japanese temple; a windmill; a lighthouse
a hot air balloon over a valley; a campfire at night; a tent in the forest; a hammock between two trees; footprints in the sand
a fingerprint; a tattoo on an arm; a pregnant woman; a person in a wheelchair; a man asleep on a train; a yawning baby
a squirrel eating a nut; a fox in the snow; a deer in the headlights; a frog on a leaf; a kangaroo; a camel in the desert
a supermarket shelf; a shop window; a vending machine; a price tag; a credit card; a barcode; a cardboard box
an x-ray of a hand; a wound with stitches; an ultrasound image; a skin rash; an eye in close-up; a row of white teeth
a ploughed field; rows of maize; an apple tree in blossom; a greenhouse; a rotten tomato; a leaf with brown spots
two objects side by side; many small things; one large object in the middle; a thing seen from above; text on a sign
`
  .split(/[;\n]/)
  .map((caption) => caption.trim())
  .filter((caption) => caption !== '');
