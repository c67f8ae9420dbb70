// One figure: see figures.js, which comes before this text.
export default figure
