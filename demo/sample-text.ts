/** What stands in the text field at first: small, with words that several others follow. */
export const SAMPLE_TEXT = `The rain falls on the hill and the river runs to the sea.
The river runs to the mill, the mill grinds the corn, and the corn feeds the town.
The town looks at the hill, the hill looks at the sea, and the sea sends the rain.
When the rain falls on the town the river runs fast; when the rain stops the river runs slow.
The miller looks at the river and the river looks at the moon.
The moon falls on the sea, the sea runs to the town, and the town feeds the miller.
When the river runs slow the mill stops; when the mill stops the town looks at the sky.
The sky sends the rain, the rain falls on the corn, and the corn looks at the sun.`;
